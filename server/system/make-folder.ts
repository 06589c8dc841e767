import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Makes a folder and its missing parents; an existing one is not changed. `mode`: of every folder that is made. Throws the
 * system's error. Node's own `recursive` never returns if the system answers ENOENT although the parent exists, as /proc does.
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

/** A link to a folder counts, too. */
function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    // Unknown without access: making the folder reports the reason.
    return false;
  }
}
