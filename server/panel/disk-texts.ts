/** Run files on the disk, polled once a second, whatever program writes them. */
import { unwatchFile, watchFile } from 'node:fs';
import { LARGEST_RUN_FILE } from '../run-file/document.ts';
import { readRegularFile } from '../system/regular-file.ts';
import type { FileTexts } from './panel-host.ts';

/** Polling interval, milliseconds. */
const INTERVAL_MS = 1000;

export const diskTexts: FileTexts = {
  async read(file) {
    try {
      return readRegularFile(file, { largest: LARGEST_RUN_FILE }).toString('utf8');
    } catch {
      // Moved, deleted or unreadable: no fix fits it, and the caller needs no more.
      return undefined;
    }
  },
  watch(file, changed) {
    const known = watched.get(file) ?? begin(file);
    known.listeners.add(changed);
    return {
      dispose: () => {
        known.listeners.delete(changed);
        if (known.listeners.size > 0 || watched.get(file) !== known) return;
        watched.delete(file);
        unwatchFile(file, known.notify);
      },
    };
  },
};

interface Watched {
  readonly listeners: Set<() => void>;
  readonly notify: () => void;
}

/** Each file is polled once, however many runs use it. */
const watched = new Map<string, Watched>();

function begin(file: string): Watched {
  const listeners = new Set<() => void>();
  const one: Watched = {
    listeners,
    notify: () => {
      for (const listener of listeners) listener();
    },
  };
  watched.set(file, one);
  watchFile(file, { interval: INTERVAL_MS }, one.notify);
  return one;
}
