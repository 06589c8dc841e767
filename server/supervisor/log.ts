/** The server's own log, and the logs of its trainers: none of them grows without a limit. */
import {
  appendFileSync,
  closeSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { type Clock, isoTime } from '../system/clock.ts';

/** Bytes after which a log is put aside; one old part is kept beside it as `FILE.1`. */
export const LOG_LIMIT = 2 * 1024 * 1024;

export type LogLevel = 'info' | 'warning' | 'error';

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

/** JSON lines with time, level and message, one a line. Never throws: a server must not end for want of a log. */
export class Log {
  readonly file: string;
  readonly #clock: Clock;
  readonly #limit: number;
  #size: number;

  constructor(file: string, clock: Clock, limit = LOG_LIMIT) {
    this.file = file;
    this.#clock = clock;
    this.#limit = limit;
    this.#size = sizeOf(file);
  }

  write(level: LogLevel, message: string, details: Record<string, unknown> = {}): void {
    const line = `${JSON.stringify({ time: isoTime(this.#clock), level, message, ...details })}\n`;
    try {
      if (this.#size > this.#limit) {
        renameSync(this.file, `${this.file}.1`);
        this.#size = 0;
      }
      appendFileSync(this.file, line);
      this.#size += Buffer.byteLength(line);
    } catch (error) {
      // A full disk, most likely. Standard error is another file, or a terminal.
      process.stderr.write(`${line}(could not be logged: ${String(error)})\n`);
    }
  }
}

/** An error as the log tells it: with its stack, which users never see. */
export const errorText = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);

/** Open a file to append to, for the output of a child process; the caller closes the descriptor. */
export const openOutput = (file: string): number => openSync(file, 'a');

/**
 * Keep the output of a living child under a limit: what is there moves to `FILE.1` (its last `limit` bytes) and the file
 * begins anew. The child appends (O_APPEND), so its next line goes to the new beginning.
 */
export function limitOutput(file: string, limit = LOG_LIMIT): void {
  const size = sizeOf(file);
  if (size <= limit) return;
  writeFileSync(`${file}.1`, readTail(file, limit));
  truncateSync(file, 0);
}

function readTail(file: string, bytes: number): Buffer {
  const descriptor = openSync(file, 'r');
  try {
    const tail = Buffer.alloc(Math.min(bytes, sizeOf(file)));
    const read = readSync(descriptor, tail, 0, tail.length, sizeOf(file) - tail.length);
    return tail.subarray(0, read);
  } finally {
    closeSync(descriptor);
  }
}
