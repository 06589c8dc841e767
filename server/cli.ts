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
import { ServerNotStarted } from './client/connect.ts';
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

/** What is wrong with a file or folder of the user's, and what to do; undefined for any other error. */
function fileTrouble(error: unknown): string | undefined {
  const { code, path } = error as { code?: unknown; path?: unknown };
  if (typeof path !== 'string') return undefined;
  switch (code) {
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return `${path} can't be written by you. Work in a folder that is yours, or set RECTISCOPE_HOME to one.`;
    case 'EEXIST':
    case 'ENOTDIR':
      return `${path} is not a folder. Name another one, in RECTISCOPE_HOME if that is what it comes from.`;
    case 'ENOSPC':
      return `There is no room on the disk for ${path}.`;
    case 'ENOENT':
      return `${path} is not there, or its folder is not.`;
    default:
      return undefined;
  }
}

/** Errors that the user can mend are a sentence and an exit code; anything else is a bug of ours, with its stack. */
function exitCode(error: unknown): Exit {
  if (error instanceof CommanderError) return error.exitCode === 0 ? Exit.done : Exit.badInput;
  if (error instanceof CommandError) {
    say(error.message);
    return error.exit;
  }
  if (error instanceof ServerNotStarted) {
    say(error.message);
    return Exit.unexpected;
  }
  const trouble = fileTrouble(error);
  if (trouble !== undefined) {
    say(trouble);
    return Exit.badInput;
  }
  const code = errorCode(error);
  if (code !== undefined) {
    say((error as Error).message);
    return code === ErrorCode.noSuchRun
      ? Exit.noSuchRun
      : code === ErrorCode.badRunFile || code === ErrorCode.notAllowedNow
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
