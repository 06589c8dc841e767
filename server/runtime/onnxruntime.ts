/**
 * Where onnxruntime is. A clone has it among its packages, a `.vsix` carries it. The npm package does neither: onnxruntime-node has an
 * install script that fetches CUDA's libraries, which no dependency of ours may have, and its binaries are too large to carry. There
 * `fetch-onnxruntime.ts` fetches it when it is first needed.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { userFolder } from './location.ts';

const PACKAGE = 'onnxruntime-node';
const here = import.meta.url;

/** Whether this runs from the source tree, where `npm install` brings all packages. */
export const isClone = here.endsWith('.ts');

/** Folder of the package.json that names the version; beside the bundles it has a lock file with the hashes of what is fetched. */
export const orderFolder = fileURLToPath(new URL(isClone ? '../../' : './onnxruntime/', here));

/** The release that Rectiscope is made for. */
export const ONNXRUNTIME_VERSION: string = (() => {
  const text = readFileSync(path.join(orderFolder, 'package.json'), 'utf8');
  const manifest = JSON.parse(text) as Record<'dependencies' | 'devDependencies', Record<string, string> | undefined>;
  const version = { ...manifest.devDependencies, ...manifest.dependencies }[PACKAGE];
  if (version === undefined) throw new Error(`${orderFolder}package.json does not name ${PACKAGE}.`);
  return version;
})();

/** Below a package's folder: the libraries of all platforms. */
export const BINARIES = path.join('bin', 'napi-v6');

/** Where the fetched one lies, with the packages that it needs; it need not exist. */
export const fetchedFolder = (user: string = userFolder()): string =>
  path.join(user, `onnxruntime-${ONNXRUNTIME_VERSION}`);

/** The package's folder among the packages of `folder`; undefined where it is not there. */
export const packageIn = (folder: string): string => path.join(folder, 'node_modules', PACKAGE);

/** Whether a folder holds the package in the wanted version, with the library of this platform. */
function isUsable(folder: string): boolean {
  const manifest = path.join(folder, 'package.json');
  if (!existsSync(path.join(folder, BINARIES, process.platform, process.arch, 'onnxruntime_binding.node')))
    return false;
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version?: string }).version === ONNXRUNTIME_VERSION;
}

/** Folder of the package that Node finds from here: installed with ours, or by the user in any version. */
function installedFolder(): string | undefined {
  try {
    return path.dirname(createRequire(here).resolve(`${PACKAGE}/package.json`));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    return undefined;
  }
}

/** Folder of the onnxruntime that is used on this machine; undefined where there is none yet. */
export function findOnnxruntime(user?: string): string | undefined {
  const places = [installedFolder(), packageIn(fetchedFolder(user))];
  return places.find((folder) => folder !== undefined && isUsable(folder));
}
