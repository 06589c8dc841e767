/** The command line: `rectiscope`. One more client of the training server; everything an editor can do, a terminal can. */
import { Command } from 'commander';
import { noteCommand, renameCommand, starCommand, tagCommand } from './cli/annotate.ts';
import { benchCommand } from './cli/bench.ts';
import { checkCommand } from './cli/check.ts';
import { compareCommand } from './cli/compare.ts';
import { evaluateCommand } from './cli/evaluate.ts';
import { exitCode } from './cli/exit-code.ts';
import { exportCommand } from './cli/export.ts';
import { fixCommand } from './cli/fix.ts';
import { languageServerCommand } from './cli/language-server.ts';
import { lrCommand } from './cli/lr.ts';
import { Exit } from './cli/output.ts';
import { predictCommand } from './cli/predict.ts';
import { proveCommand } from './cli/prove.ts';
import { runsCommand, showCommand } from './cli/runs.ts';
import { runtimeCommand } from './cli/runtime.ts';
import { serverCommand } from './cli/server.ts';
import { tourCommand } from './cli/tour.ts';
import { removeCommand, resumeCommand, stopCommand, trainCommand } from './cli/train.ts';
import { productVersion } from './processes.ts';

const program = new Command('rectiscope')
  .description('Trains deep image classifiers, and says why one does not learn.')
  .version(productVersion())
  .configureOutput({ writeErr: (text) => process.stderr.write(text) })
  .showHelpAfterError('(add --help for the usage)')
  .exitOverride();
const commands = [
  trainCommand(),
  checkCommand(),
  runsCommand(),
  showCommand(),
  compareCommand(),
  stopCommand(),
  resumeCommand(),
  removeCommand(),
  noteCommand(),
  tagCommand(),
  starCommand(),
  renameCommand(),
  evaluateCommand(),
  predictCommand(),
  exportCommand(),
  fixCommand(),
  proveCommand(),
  lrCommand(),
  serverCommand(),
  runtimeCommand(),
  benchCommand(),
  languageServerCommand(),
  tourCommand(),
];
for (const command of commands) program.addCommand(command.exitOverride());

// A reader such as `head` that has enough closes the pipe: that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(Exit.done);
  throw error;
});

try {
  // Said, not guessed: in an editor's process that acts as Node, commander would take the script for a command.
  await program.parseAsync(process.argv, { from: 'node' });
} catch (error) {
  process.exitCode = exitCode(error);
}
