/** The size of a folder. */
import fs from 'node:fs/promises';
import path from 'node:path';

/**
 * Size of a file, or sum of the sizes of all files below a folder, bytes; links are not followed. Files that do not exist,
 * or vanish during the count, count as 0.
 */
export async function folderBytes(target: string): Promise<number> {
  const status = await fs.lstat(target).catch(() => undefined);
  if (status?.isDirectory() !== true) return status?.size ?? 0;
  const names = await fs.readdir(target).catch(() => []);
  const sizes = await Promise.all(names.map((name) => folderBytes(path.join(target, name))));
  return sizes.reduce((sum, size) => sum + size, 0);
}
