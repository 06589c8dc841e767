/** Run files as tasks get them: by name, from the disk. */
import { dirname, resolve } from 'node:path';
import { printableLine } from '../protocol/printable.ts';
import { LARGEST_RUN_FILE } from '../run-file/document.ts';
import { readRegularFile } from '../system/regular-file.ts';
import { TaskError } from './task-error.ts';

const WHY: Partial<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENAMETOOLONG: 'the name is too long for a file',
  // A zero byte, say.
  ERR_INVALID_ARG_VALUE: 'the name is not valid for a file',
};

/** A run file's text; a TaskError if it can't be read, is not a regular file, or is too large to be a run file. */
export function readText(file: string): string {
  try {
    return readRegularFile(file, { largest: LARGEST_RUN_FILE }).toString('utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = WHY[code ?? ''] ?? (error as Error).message;
    throw new TaskError('badInput', `${printableLine(file)}: ${why}.`);
  }
}

/** A run file's text from standard input. */
export async function readInput(): Promise<string> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of process.stdin as AsyncIterable<Buffer>) {
    pieces.push(piece);
    length += piece.length;
    if (length > LARGEST_RUN_FILE)
      throw new TaskError('badInput', 'A run file has at most 64 KB; standard input has more.');
  }
  return Buffer.concat(pieces).toString('utf8');
}

/** Where a run file is, as its reader wants it. */
export const placeOf = (file: string) => ({ fileName: file, folder: dirname(resolve(file)) });
