/** Which store a folder belongs to. */
import { statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** Name of a store's folder in a workspace. */
export const STORE_FOLDER = '.rectiscope';

/**
 * The folder of the store for a folder: `RECTISCOPE_HOME`; else the `.rectiscope` of the nearest parent folder
 * that has one; else `.rectiscope` in the folder itself, whether it exists or not. One that belongs to another user is
 * skipped: /tmp is a parent of many folders, and anyone can make one there.
 */
export function findHome(folder: string, environment: NodeJS.ProcessEnv = process.env): string {
  const { RECTISCOPE_HOME: chosen } = environment;
  if (chosen) return resolve(chosen);
  const start = resolve(folder);
  for (let here = start; ; here = dirname(here)) {
    const store = join(here, STORE_FOLDER);
    if (isOwnFolder(store)) return store;
    if (dirname(here) === here) return join(start, STORE_FOLDER);
  }
}

function isOwnFolder(path: string): boolean {
  const status = statSync(path, { throwIfNoEntry: false });
  if (!status?.isDirectory()) return false;
  const user = process.getuid?.();
  return user === undefined || status.uid === user;
}
