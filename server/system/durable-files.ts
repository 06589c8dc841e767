/**
 * The only file that writes what must survive a power cut: code that saves takes a `Files` parameter, so that a test can
 * tear a write or fill the disk.
 */
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface WriteOptions {
  /** Runs once everything is on disk under the temporary name. */
  readonly beforeRename?: () => Promise<void>;
  /** Permissions of the file; by default only for its owner. */
  readonly mode?: number;
}

export interface Files {
  /**
   * Writes a file so that, whatever happens, its name refers either to the complete new file or to the old one:
   * a temporary file in the same folder, fsync, rename, fsync of the folder.
   */
  writeWhole(file: string, pieces: readonly Uint8Array[], options?: WriteOptions): Promise<void>;
  remove(file: string): Promise<void>;
}

async function syncFolder(folder: string): Promise<void> {
  // Windows can't sync a folder; its rename is journaled.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** What Windows answers while a scanner or an indexer has either file open. */
const HELD: readonly unknown[] = ['EPERM', 'EBUSY', 'EACCES'];

/** Pauses between tries to rename, milliseconds: a scanner lets go within seconds. */
const PAUSES = [10, 20, 50, 100, 200, 500, 1000, 2000];

export interface RenameOptions {
  readonly platform?: NodeJS.Platform;
  readonly rename?: (from: string, to: string) => Promise<void>;
  readonly pause?: (milliseconds: number) => Promise<unknown>;
}

/** Rename a file over another. On Windows it is tried again for some seconds while another program has one of them open. */
export async function renameOver(
  from: string,
  to: string,
  { platform = process.platform, rename: move = rename, pause = sleep }: RenameOptions = {},
): Promise<void> {
  for (const milliseconds of platform === 'win32' ? PAUSES : [])
    try {
      return await move(from, to);
    } catch (error) {
      if (!HELD.includes((error as NodeJS.ErrnoException).code)) throw error;
      await pause(milliseconds);
    }
  await move(from, to);
}

/** Names of files that a killed process may leave behind; safe to delete while no process writes in the folder. */
export const isTemporary = (name: string): boolean => name.endsWith('.tmp');

export const durableFiles: Files = {
  async writeWhole(file, pieces, { beforeRename, mode = 0o600 } = {}) {
    const temporary = join(dirname(file), `.${basename(file)}.tmp`);
    const handle = await open(temporary, 'w', mode);
    try {
      // writev may write less than it is given; writeFile of a handle continues until everything is written.
      for (const piece of pieces) await handle.writeFile(piece);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await beforeRename?.();
    await renameOver(temporary, file);
    await syncFolder(dirname(file));
  },
  remove: (file) => rm(file, { force: true }),
};
