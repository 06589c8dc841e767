/**
 * Fills `dist/` with all that a package of Rectiscope runs without the source tree: the bundles, the sources that the native runtime is
 * built of, the hashes of the onnxruntime that is fetched, and everybody's licences. `npm pack` runs it.
 */
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { buildBundles, EXTENSION_BUNDLES } from './build.ts';
import { thirdPartyNotices } from './notices.ts';

const root = resolve(import.meta.dirname, '..');
const [dist, packages] = [join(root, 'dist'), join(root, 'node_modules')];

/**
 * The addons' sources: our own, where the bundles look for it; tfjs' C++ files, without the 276 MB that come with them by npm. That
 * package has no licence file: the text of its licence comes from sharp, which is under the same.
 */
function copySources(): void {
  cpSync(join(root, 'server', 'runtime', 'addon'), join(dist, 'addon'), { recursive: true });
  const [from, to] = [join(packages, '@tensorflow', 'tfjs-node-gpu'), join(dist, 'tfjs-node-gpu')];
  for (const part of ['package.json', 'binding']) cpSync(join(from, part), join(to, part), { recursive: true });
  const licence = readFileSync(join(packages, 'sharp', 'LICENSE'), 'utf8');
  if (!licence.startsWith('Apache License\nVersion 2.0'))
    throw new Error("sharp's LICENSE is not Apache 2.0 any more.");
  writeFileSync(join(to, 'LICENSE'), licence);
}

/** Make `dist/` anew. `carried`: names of packages that are put beside it whole, for their licences. */
export async function makeDist(carried: readonly string[] = []): Promise<void> {
  rmSync(dist, { recursive: true, force: true });
  const bundled = await buildBundles(EXTENSION_BUNDLES, { quiet: true });
  copySources();
  const notices = thirdPartyNotices(bundled, ['@tensorflow/tfjs-node-gpu', ...carried]);
  writeFileSync(join(dist, 'THIRD-PARTY-NOTICES.txt'), notices);
}

if (process.argv[1] === import.meta.filename) await makeDist();
