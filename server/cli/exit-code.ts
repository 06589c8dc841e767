/** What an error means to the user of a command line: a sentence, and an exit code. */
import { CommanderError } from 'commander';
import { ConnectionLost, ServerNotStarted } from '../client/connect.ts';
import { ServerEnded } from '../client/lasting-client.ts';
import { ErrorCode, errorCode } from '../protocol/errors.ts';
import { CommandError, Exit, say } from './output.ts';

/** What is wrong with a file or folder of the user's, and what to do; undefined for any other error. */
function fileTrouble(error: unknown): string | undefined {
  const { code, path, syscall } = error as { code?: unknown; path?: unknown; syscall?: unknown };
  if (typeof path !== 'string') return undefined;
  switch (code) {
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return `You have no permission for ${path}. Work in a folder that is yours, or set RECTISCOPE_HOME to one.`;
    case 'EEXIST':
    case 'ENOTDIR':
      return `${path} is not a folder. Name another one, in RECTISCOPE_HOME or RECTISCOPE_RUNTIME if it comes from there.`;
    case 'ENAMETOOLONG':
      return `The path ${path} is too long for the system. Name a shorter one, in RECTISCOPE_HOME if that is what it comes from.`;
    case 'ENOSPC':
      return `There is no room on the disk for ${path}.`;
    case 'ENOENT':
      if (syscall === 'mkdir')
        return `${path} can't be made: the system takes no new folder there. Name another place, in RECTISCOPE_HOME if that is what it comes from.`;
      return `${path} is not there, or its folder is not.`;
    default:
      return undefined;
  }
}

/** What is said of an error, and how a command ends that it ended; nothing is said of it where commander has said it. */
interface Explained {
  readonly exit: Exit;
  readonly message?: string;
}

/** Errors that the user can mend are a sentence and an exit code; undefined for anything else: a bug of ours. */
export function explain(error: unknown): Explained | undefined {
  if (error instanceof CommanderError) return { exit: error.exitCode === 0 ? Exit.done : Exit.badInput };
  if (error instanceof CommandError) return { exit: error.exit, message: error.message };
  if (error instanceof ServerNotStarted || error instanceof ServerEnded || error instanceof ConnectionLost)
    return { exit: Exit.unexpected, message: error.message };
  const trouble = fileTrouble(error);
  if (trouble !== undefined) return { exit: Exit.badInput, message: trouble };
  const code = errorCode(error);
  if (code === undefined) return undefined;
  const bad = code === ErrorCode.badRunFile || code === ErrorCode.notAllowedNow;
  const exit = code === ErrorCode.noSuchRun ? Exit.noSuchRun : bad ? Exit.badInput : Exit.unexpected;
  return { exit, message: (error as Error).message };
}

/** Says what is wrong; a bug of ours with its stack. */
export function exitCode(error: unknown): Exit {
  const explained = explain(error);
  if (!explained) say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  else if (explained.message !== undefined) say(explained.message);
  return explained?.exit ?? Exit.unexpected;
}
