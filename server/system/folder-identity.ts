import { type BigIntStats, statSync } from 'node:fs';

/**
 * Which folder lies at a path, whatever it is called there: device and inode, which links and mounts of the same folder share, which a
 * rename keeps and a copy does not. Undefined where no folder is, or none that this user may look at.
 */
export function folderIdentity(path: string): string | undefined {
  let status: BigIntStats;
  try {
    status = statSync(path, { bigint: true });
  } catch {
    return undefined;
  }
  return status.isDirectory() ? `${status.dev}:${status.ino}` : undefined;
}
