/** The command line: `rectiscope`. One more client of the training server; everything an editor can do, a terminal can. */
import { Command, CommanderError } from 'commander';
import { noteCommand, renameCommand, starCommand, tagCommand } from './cli/annotate.ts';
import { benchCommand } from './cli/bench.ts';
import { checkCommand } from './cli/check.ts';
import { compareCommand } from './cli/compare.ts';
import { evaluateCommand } from './cli/evaluate.ts';
import { exportCommand } from './cli/export.ts';
import { fixCommand } from './cli/fix.ts';
import { languageServerCommand } from './cli/language-server.ts';
import { CommandError, Exit, say } from './cli/output.ts';
import { predictCommand } from './cli/predict.ts';
import { proveCommand } from './cli/prove.ts';
import { runsCommand, showCommand } from './cli/runs.ts';
import { runtimeCommand } from './cli/runtime.ts';
import { serverCommand } from './cli/server.ts';
import { tourCommand } from './cli/tour.ts';
import { removeCommand, resumeCommand, stopCommand, trainCommand } from './cli/train.ts';
import { productVersion } from './processes.ts';
import { ErrorCode, errorCode } from './protocol/errors.ts';

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
  serverCommand(),
  runtimeCommand(),
  benchCommand(),
  languageServerCommand(),
  tourCommand(),
];
for (const command of commands) program.addCommand(command.exitOverride());

/** Errors that the user can mend are a sentence and an exit code; anything else is a bug of ours, with its stack. */
function exitCode(error: unknown): Exit {
  if (error instanceof CommanderError) return error.exitCode === 0 ? Exit.done : Exit.badInput;
  if (error instanceof CommandError) {
    say(error.message);
    return error.exit;
  }
  const code = errorCode(error);
  if (code !== undefined) {
    say((error as Error).message);
    return code === ErrorCode.noSuchRun
      ? Exit.noSuchRun
      : code === ErrorCode.badRunFile
        ? Exit.badInput
        : Exit.unexpected;
  }
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return Exit.unexpected;
}

// A reader such as `head` that has enough closes the pipe: that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(Exit.done);
  throw error;
});

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCode(error);
}
