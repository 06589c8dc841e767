/** Reads run files for tasks: by name, from the disk. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { TaskError } from './task-error.ts';

const WHY: Partial<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  ENAMETOOLONG: 'the name is too long for a file',
  // A zero byte, say.
  ERR_INVALID_ARG_VALUE: 'the name is not valid for a file',
};

/** A run file's text; a TaskError instead of a stack if it can't be read. */
export function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = WHY[code ?? ''] ?? (error as Error).message;
    throw new TaskError('badInput', `${file}: ${why}.`);
  }
}

/** The location of a run file, for its reader. */
export const placeOf = (file: string) => ({ fileName: file, folder: dirname(resolve(file)) });
