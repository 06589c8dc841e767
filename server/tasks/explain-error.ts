/** What an error means to a user: a sentence, and what kind of trouble it is. */
import { ConnectionLost, ServerNotStarted } from '../client/connect.ts';
import { ServerEnded } from '../client/lasting-client.ts';
import { ErrorCode, errorCode } from '../protocol/errors.ts';
import { RunFailure } from '../run-file/run-failure.ts';
import { TaskError, type Trouble } from './task-error.ts';

/** The problem of a user's file or folder, and what to do; undefined for any other error. */
function fileTrouble(error: unknown): string | undefined {
  const { code, path, syscall } = error as { code?: unknown; path?: unknown; syscall?: unknown };
  if (typeof path !== 'string') return undefined;
  switch (code) {
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return `You have no permission for ${path}. Work in a folder that you own, or set RECTISCOPE_HOME to one.`;
    case 'EEXIST':
    case 'ENOTDIR':
      return `${path} is not a folder. Choose another path; it may be set by RECTISCOPE_HOME or RECTISCOPE_RUNTIME.`;
    case 'ENAMETOOLONG':
      return `The path ${path} is too long for the system. Choose a shorter one; it may be set by RECTISCOPE_HOME.`;
    case 'ENOSPC':
      return `The disk has no space for ${path}.`;
    case 'ENOENT':
      if (syscall === 'mkdir')
        return `${path} can't be created: the system allows no new folder there. Choose another path; it may be set by RECTISCOPE_HOME.`;
      return `${path} or its folder does not exist.`;
    default:
      return undefined;
  }
}

interface Explained {
  readonly trouble: Trouble;
  readonly message: string;
}

const TROUBLES: Readonly<Record<ErrorCode, Trouble>> = {
  [ErrorCode.noSuchRun]: 'noSuchRun',
  [ErrorCode.badRunFile]: 'badInput',
  [ErrorCode.notAllowedNow]: 'badInput',
  [ErrorCode.versionMismatch]: 'unexpected',
  [ErrorCode.store]: 'unexpected',
  [ErrorCode.backend]: 'unexpected',
};

/** Explains an error that the user can fix; undefined for anything else: a bug of ours. */
export function explainError(error: unknown): Explained | undefined {
  if (error instanceof TaskError) return { trouble: error.trouble, message: error.message };
  if (error instanceof RunFailure) return { trouble: 'badInput', message: error.message };
  if (error instanceof ServerNotStarted || error instanceof ServerEnded || error instanceof ConnectionLost)
    return { trouble: 'unexpected', message: error.message };
  const trouble = fileTrouble(error);
  if (trouble !== undefined) return { trouble: 'badInput', message: trouble };
  const code = errorCode(error);
  return code === undefined ? undefined : { trouble: TROUBLES[code], message: (error as Error).message };
}
