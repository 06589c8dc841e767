/**
 * Errors that cross a process: each has a code, a factory and the sentence that a user reads. A client distinguishes them
 * by code; wording may change.
 */
import { ResponseError } from 'vscode-jsonrpc';

/** JSON-RPC reserves −32768…−32000; ours are small and positive. */
export const ErrorCode = {
  noSuchRun: 4,
  badRunFile: 2,
  notAllowedNow: 5,
  versionMismatch: 6,
  store: 7,
  backend: 8,
} as const;
export type ErrorCode = (typeof ErrorCode)[keyof typeof ErrorCode];

const failure = (code: ErrorCode, message: string): ResponseError<void> => new ResponseError(code, message);

export const noSuchRun = (run: string): ResponseError<void> =>
  failure(ErrorCode.noSuchRun, `No run “${run}”. \`rectiscope runs\` lists the runs of this folder.`);

export const ambiguousRun = (run: string, candidates: readonly string[]): ResponseError<void> =>
  failure(ErrorCode.noSuchRun, `“${run}” could be ${candidates.join(', ')}. Use a longer prefix.`);

export const badRunFile = (message: string): ResponseError<void> => failure(ErrorCode.badRunFile, message);

export const notAllowedNow = (message: string): ResponseError<void> => failure(ErrorCode.notAllowedNow, message);

export const storeTrouble = (found: string): ResponseError<void> =>
  failure(ErrorCode.store, `The run store can't be written: ${found}. Free space on the disk and try again.`);

export const versionMismatch = (server: number, client: number): ResponseError<void> =>
  failure(
    ErrorCode.versionMismatch,
    `The training server speaks protocol ${server}, this program ${client}. Run \`rectiscope server stop\` and try again.`,
  );

/** The code of one of our errors, or undefined for any other. */
export const errorCode = (error: unknown): ErrorCode | undefined => {
  const code = error instanceof ResponseError ? error.code : (error as { code?: unknown } | undefined)?.code;
  return Object.values(ErrorCode).find((known) => known === code);
};

/** The message for a user: our errors' messages are complete sentences. */
export const errorText = (error: unknown): string => (error instanceof Error ? error.message : String(error));
