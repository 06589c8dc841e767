/** What lies in a folder of data, links followed, in an order that is the same on every machine. */
import type { Dirent, Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { printableLine } from '../protocol/printable.ts';
import { RunFailure } from '../run-file/run-failure.ts';

export interface Listed {
  readonly name: string;
  /** `broken`: a link that leads nowhere, or back to itself. */
  readonly kind: 'folder' | 'file' | 'other' | 'broken';
}

/** Hidden files, and those that file managers leave. */
const isHidden = (name: string): boolean => name.startsWith('.') || /^(thumbs\.db|desktop\.ini)$/i.test(name);

/** By the numbers of their letters: the same order on every machine, in every language. */
const inOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const kindOf = (entry: Dirent | Stats): Listed['kind'] =>
  entry.isDirectory() ? 'folder' : entry.isFile() ? 'file' : 'other';

/** Hidden files are left out. Throws a RunFailure where the folder can't be read. */
export async function listFolder(folder: string): Promise<Listed[]> {
  let entries: Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'EACCES' ? " can't be read: it is not allowed" : `: ${message}`;
    throw new RunFailure(`data.source: ${folder}${why}.`, ['data', 'source']);
  }
  const found = entries
    .filter(({ name }) => !isHidden(name))
    .map(async (entry): Promise<Listed> => {
      if (!entry.isSymbolicLink()) return { name: entry.name, kind: kindOf(entry) };
      const target = await stat(join(folder, entry.name)).catch(() => undefined);
      return { name: entry.name, kind: target ? kindOf(target) : 'broken' };
    });
  return (await Promise.all(found)).toSorted((a, b) => inOrder(a.name, b.name));
}

/** The first few of a list, each on its line, and how many more there are. */
export const shown = (items: readonly string[], { most = 5, between = ', ' } = {}): string =>
  [
    ...items.slice(0, most).map(printableLine),
    ...(items.length > most ? [`and ${items.length - most} more`] : []),
  ].join(between);
