/**
 * `remove` empties the runtime's folder and `install` cleans it up, so it must be ours: a folder with other contents
 * and without our mark is never touched. (`RECTISCOPE_RUNTIME` may name anything.)
 */
import fs from 'node:fs/promises';
import path from 'node:path';
import { makeFolder } from '../system/make-folder.ts';
import { RuntimeError } from './errors.ts';
import { layoutOf, type RuntimeLayout } from './location.ts';
import { readManifest } from './manifest.ts';

const MARKER_TEXT =
  'This folder belongs to Rectiscope: TensorFlow’s libraries for its tensorflow backend.\n' +
  '`rectiscope runtime remove` deletes it; do not keep your own files in it.\n';

/** Whether this folder has our mark. */
export const isOurs = (layout: RuntimeLayout): Promise<boolean> =>
  fs.access(layout.marker).then(
    () => true,
    () => false,
  );

/**
 * Makes the folder, or makes sure that it may be used. Does not mark it yet: that requires the lock.
 * @throws RuntimeError `foreign-folder`
 */
export async function claimFolder(layout: RuntimeLayout): Promise<void> {
  makeFolder(layout.folder);
  if (await isOurs(layout)) return;
  // An installation may have died after it made the folder for locks and before the mark.
  const others = (await fs.readdir(layout.folder)).filter((name) => name !== path.basename(layout.locks));
  if (others.length === 0) return;
  throw new RuntimeError('foreign-folder', {
    what: `The folder ${layout.folder} contains other files (${others.slice(0, 3).join(', ')}${others.length > 3 ? ', …' : ''}).`,
    advice: 'Set RECTISCOPE_RUNTIME to a folder that is empty or does not exist.',
  });
}

/** Puts our mark on the folder. Requires the lock. */
export async function markFolder(layout: RuntimeLayout): Promise<void> {
  if (!(await isOurs(layout))) await fs.writeFile(layout.marker, MARKER_TEXT);
}

/** Removes a file or folder. @returns a sentence if it failed (on Windows a loaded library can't be removed) */
export async function removeTree(target: string): Promise<string | undefined> {
  try {
    await fs.rm(target, { recursive: true, force: true, maxRetries: 3, retryDelay: 100 });
    return undefined;
  } catch (error) {
    return `${target} can’t be removed now: ${(error as Error).message}`;
  }
}

/**
 * Removes leftovers of interrupted installations and replaced versions; requires the lock.
 * @returns what could not be removed, in sentences; the next installation tries again
 */
export async function sweep(folder: string): Promise<string[]> {
  const layout = layoutOf(folder);
  const reading = await readManifest(folder);
  const used = reading.state === 'present' ? reading.manifest.id : undefined;
  const versions = await fs.readdir(layout.versions).catch(() => []);
  const unused = versions.filter((name) => name !== used).map((name) => path.join(layout.versions, name));
  const left: string[] = [];
  for (const target of [layout.staging, ...unused]) {
    const problem = await removeTree(target);
    if (problem !== undefined) left.push(problem);
  }
  return left;
}
