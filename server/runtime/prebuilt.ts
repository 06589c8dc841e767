/**
 * Addons prebuilt by `npm run addons`: with them, a runtime is installed without a compiler. They
 * are in `out/prebuilt/<platform>/` in the source tree, in `dist/prebuilt/<platform>/` in the packaged extension.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AddonSource } from './addon-source.ts';
import { SESSION_ADDON } from './session-addon.ts';
import { TENSORFLOW_VERSION } from './target.ts';

/** Names of the addons in a platform's folder. */
export const PREBUILT = { tfjs: 'tfjs_binding.node', sessions: SESSION_ADDON, about: 'about.json' } as const;

/** Their compiler and their sources. */
export interface AboutPrebuilt {
  compiler: string;
  /** `sourceKey` of the sources. */
  sources: string;
}

const here = import.meta.url;

/** Folder of a platform's addons, `linux-x64`; it may be absent. */
export const prebuiltFolder = (platform: string): string =>
  fileURLToPath(new URL(`${here.endsWith('.ts') ? '../../out' : '.'}/prebuilt/${platform}/`, here));

/** SHA-256 over everything that the addons are compiled from, and the release of TensorFlow: addons with another key are not used. */
export async function sourceKey(sources: readonly AddonSource[]): Promise<string> {
  const hash = createHash('sha256').update(TENSORFLOW_VERSION);
  for (const { version, files } of sources) {
    hash.update(version);
    for (const file of files) hash.update(path.basename(file)).update(await fs.readFile(file));
  }
  return hash.digest('hex');
}

/** The description of a platform's addons; undefined if there are none, or they were built from other sources. */
export async function findPrebuilt(
  platform: string,
  sources: readonly AddonSource[],
  folder: string = prebuiltFolder(platform),
): Promise<{ folder: string; compiler: string } | undefined> {
  let text: string;
  try {
    text = await fs.readFile(path.join(folder, PREBUILT.about), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const about = JSON.parse(text) as AboutPrebuilt;
  return about.sources === (await sourceKey(sources)) ? { folder, compiler: about.compiler } : undefined;
}
