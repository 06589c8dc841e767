/** Run files as the disk has them, looked at once a second: whatever program writes them. */
import { unwatchFile, watchFile } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { FileTexts } from './panel-host.ts';

/** How often the disk is asked, milliseconds. */
const INTERVAL_MS = 1000;

export const diskTexts: FileTexts = {
  async read(file) {
    try {
      return await readFile(file, 'utf8');
    } catch {
      // Moved, deleted or not to be read: no fix fits it, which is all that is asked.
      return undefined;
    }
  },
  watch(file, changed) {
    watchFile(file, { interval: INTERVAL_MS }, changed);
    return { dispose: () => unwatchFile(file, changed) };
  },
};
