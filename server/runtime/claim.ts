/**
 * The runtime's folder is emptied by `remove` and tidied by `install`, so it must be ours: a folder that holds other
 * things and does not carry our mark is never touched. (`RECTISCOPE_RUNTIME` may name anything.)
 */
import fs from 'node:fs/promises';
import path from 'node:path';
import { makeFolder } from '../system/make-folder.ts';
import { RuntimeError } from './errors.ts';
import { layoutOf, type RuntimeLayout } from './location.ts';
import { readManifest } from './manifest.ts';

const MARKER_TEXT =
  'This folder belongs to Rectiscope: TensorFlow’s libraries for its tensorflow backend.\n' +
  '`rectiscope runtime remove` deletes it; keep nothing of your own in it.\n';

/** Does this folder carry our mark? */
export const isOurs = (layout: RuntimeLayout): Promise<boolean> =>
  fs.access(layout.marker).then(
    () => true,
    () => false,
  );

/**
 * Make the folder, or make sure that it may be used. Marks nothing yet: that is for whoever holds the lock.
 * @throws RuntimeError `foreign-folder`
 */
export async function claimFolder(layout: RuntimeLayout): Promise<void> {
  makeFolder(layout.folder);
  if (await isOurs(layout)) return;
  // Between its locks and its mark an installation may have died.
  const others = (await fs.readdir(layout.folder)).filter((name) => name !== path.basename(layout.locks));
  if (others.length === 0) return;
  throw new RuntimeError('foreign-folder', {
    what: `The folder ${layout.folder} holds other things (${others.slice(0, 3).join(', ')}${others.length > 3 ? ', …' : ''}).`,
    advice: 'Set RECTISCOPE_RUNTIME to a folder that is empty or does not exist.',
  });
}

/** Put our mark on the folder. Only with the lock. */
export async function markFolder(layout: RuntimeLayout): Promise<void> {
  if (!(await isOurs(layout))) await fs.writeFile(layout.marker, MARKER_TEXT);
}

/** Remove a file or folder. @returns a sentence if it could not be (on Windows a loaded library can't) */
export async function removeTree(target: string): Promise<string | undefined> {
  try {
    await fs.rm(target, { recursive: true, force: true, maxRetries: 3, retryDelay: 100 });
    return undefined;
  } catch (error) {
    return `${target} can’t be removed now: ${(error as Error).message}`;
  }
}

/**
 * Remove what interrupted installations and replaced versions have left; only with the lock.
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
