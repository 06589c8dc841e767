/** Removes what was installed, and only that. */
import fs from 'node:fs/promises';
import { claimFolder, isOurs, removeTree } from './claim.ts';
import { folderBytes } from './folder-bytes.ts';
import { layoutOf, runtimeFolder } from './location.ts';
import { acquireLock } from './lock.ts';
import { readManifest } from './manifest.ts';

export interface RemovedRuntime {
  folder: string;
  /** There was nothing to remove. */
  nothing: boolean;
  /** Freed, bytes. */
  bytes: number;
  /** The Python environment that was used; it is not changed. */
  environment: string | undefined;
  /** What could not be removed, in sentences. */
  left: string[];
}

/**
 * Removes the runtime: the manifest first, so that an interruption leaves nothing that seems installed. Files that are
 * not ours stay, and so does every Python environment.
 * @throws RuntimeError `busy` during an installation, `foreign-folder` if the folder is not ours
 */
export async function removeRuntime(folder: string = runtimeFolder()): Promise<RemovedRuntime> {
  const layout = layoutOf(folder);
  const result: RemovedRuntime = { folder, nothing: false, bytes: 0, environment: undefined, left: [] };
  const exists = await fs.stat(folder).then(
    () => true,
    () => false,
  );
  if (!exists) return { ...result, nothing: true };
  if (!(await isOurs(layout))) {
    await claimFolder(layout);
    return { ...result, nothing: true };
  }
  const lock = await acquireLock(layout.locks);
  try {
    const reading = await readManifest(folder);
    const used = reading.state === 'present' ? reading.manifest : undefined;
    if (used?.source === 'environment') result.environment = used.python;
    for (const target of [layout.manifest, layout.versions, layout.staging, layout.downloads]) {
      result.bytes += await folderBytes(target);
      const problem = await removeTree(target);
      if (problem !== undefined) result.left.push(problem);
    }
    // The mark is removed last, under the lock: anything left without it would no longer count as ours.
    if (result.left.length === 0) await fs.rm(layout.marker, { force: true });
  } finally {
    await lock.release();
  }
  // Only if they are empty: another process may wait for the lock, or the user may have put files here.
  for (const empty of [layout.locks, folder]) {
    await fs.rmdir(empty).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST' && error.code !== 'ENOENT') throw error;
    });
  }
  return result;
}
