import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Make a folder and those that it is to lie in; one that is there is left as it is. `mode`: of every folder that is made. Throws what the
 * system says. Node's own `recursive` never returns where the system answers ENOENT although the parent is there, as /proc does.
 */
export function makeFolder(folder: string, mode = 0o777): void {
  const missing: string[] = [];
  for (let here = resolve(folder); !isFolder(here); here = dirname(here)) {
    missing.push(here);
    if (dirname(here) === here) break;
  }
  for (const path of missing.reverse()) {
    try {
      mkdirSync(path, { mode });
    } catch (error) {
      // Another process was faster.
      if (!isFolder(path)) throw error;
    }
  }
}

/** Make a folder that only its owner may enter, whatever the umask is; one that is there is left as it is. */
export function makeOwnFolder(folder: string): void {
  makeFolder(dirname(resolve(folder)));
  makeFolder(folder, 0o700);
}

/** A link to a folder is one, too. */
function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    // What can't be looked at can't be told: making it says why.
    return false;
  }
}
