import { formatBytes } from '../domain/numbers/units.ts';
/**
 * Errors of the runtime, worded so that a user can act on them. Every error has what happened and what to do;
 * `code` is for programs and tests, `detail` is the output of a tool.
 */

export type RuntimeErrorCode =
  | 'bad-location'
  | 'foreign-folder'
  | 'unsupported'
  | 'no-python'
  | 'no-pip'
  | 'no-environment'
  | 'offline'
  | 'proxy'
  | 'certificate'
  | 'refused'
  | 'no-wheel'
  | 'wrong-hash'
  | 'fetch'
  | 'disk'
  | 'permission'
  | 'bad-archive'
  | 'compile'
  | 'verify'
  | 'busy'
  | 'interrupted'
  | 'not-installed'
  | 'load';

export interface RuntimeErrorText {
  /** What happened: one or two sentences. */
  what: string;
  /** What the user can do about it. */
  advice: string;
  /** The last lines of the tool that failed. */
  detail?: string;
  cause?: unknown;
}

export class RuntimeError extends Error {
  override readonly name = 'RuntimeError';
  readonly code: RuntimeErrorCode;
  readonly advice: string;
  readonly detail: string | undefined;

  constructor(code: RuntimeErrorCode, text: RuntimeErrorText) {
    super(`${text.what} ${text.advice}`, text.cause === undefined ? {} : { cause: text.cause });
    this.code = code;
    this.advice = text.advice;
    this.detail = text.detail;
  }
}

export const interrupted = (): RuntimeError =>
  new RuntimeError('interrupted', {
    what: 'The installation was interrupted; nothing was changed.',
    advice: 'Run `rectiscope runtime install` again to continue.',
  });

export const noSpace = (folder: string, needed: number, free: number | undefined): RuntimeError =>
  new RuntimeError('disk', {
    what:
      `The installation needs about ${formatBytes(needed)} of free space in ${folder}` +
      (free === undefined ? ', and the disk is full.' : `; ${formatBytes(free)} are free.`),
    advice: 'Free some space, or set RECTISCOPE_RUNTIME to a folder on another disk.',
  });

/** The last lines of a tool's output, short enough to be shown. */
export const lastLines = (output: string, count = 12): string =>
  output
    .split(/\r?\n/)
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
    .slice(-count)
    .join('\n');
