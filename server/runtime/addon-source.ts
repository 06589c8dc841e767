/**
 * The sources of the addons and the headers that they are compiled with. tfjs' are the C++ files of `@tensorflow/tfjs-node-gpu`: in the
 * source tree from npm (its install script, which would fetch a library of 2021, never runs), copied beside the bundles of a package.
 * Node-API's headers come by npm. Ours lie in `addon/`, beside this file and beside the bundles alike.
 */
import fs from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { RuntimeError } from './errors.ts';

export interface AddonSource {
  /** Release of tfjs-node-gpu; of our own: its Node-API. */
  version: string;
  /** The package's folder, which its files include from. */
  folder: string;
  files: string[];
  /** Folder of `node_api.h`. */
  nodeHeaders: string;
  /** Every function of Node-API, for platforms that link against a list of names. */
  nodeNames: string[];
  /** Every function of TensorFlow's C API that the files use. */
  tensorflowNames: string[];
}

const npmPackage = createRequire(import.meta.url);

/** Matches of `pattern`'s first group in the files, each once, sorted. */
async function namesIn(files: readonly string[], pattern: RegExp): Promise<string[]> {
  const names = new Set<string>();
  for (const file of files) {
    for (const [, name] of (await fs.readFile(file, 'utf8')).matchAll(pattern)) if (name !== undefined) names.add(name);
  }
  return [...names].sort();
}

/** What every addon is compiled with: the folder of Node-API's headers, and all of its functions. */
async function nodeInterface(): Promise<Pick<AddonSource, 'nodeHeaders' | 'nodeNames'>> {
  const headers = path.dirname(npmPackage.resolve('node-api-headers/package.json'));
  const definitions = ['js_native_api.def', 'node_api.def'].map((name) => path.join(headers, 'def', name));
  return {
    nodeHeaders: path.join(headers, 'include'),
    nodeNames: await namesIn(definitions, /^\s*(n(?:api|ode_api)_\w+)/gm),
  };
}

/**
 * Our own addon's source: sessions on other machines, TensorFlow's server.
 * @throws RuntimeError `compile` if it is missing
 */
export async function sessionSource(): Promise<AddonSource> {
  const folder = fileURLToPath(new URL('./addon', import.meta.url));
  try {
    const names = await fs.readdir(folder);
    const files = names.map((name) => path.join(folder, name)).sort();
    // Types and statuses match, too; Windows' loader would refuse an import library with a name that does not exist.
    const functions = (await namesIn(files, /\b(TF_\w+)(?=\(|\)|,)/g)).filter((name) => /^TF_[A-Z][a-z]/.test(name));
    const types = new Set(await namesIn(files, /\b(TF_\w+)\*/g));
    const tensorflowNames = functions.filter((name) => !types.has(name));
    return { version: '1', folder, files, ...(await nodeInterface()), tensorflowNames };
  } catch (error) {
    throw new RuntimeError('compile', {
      what: `The source of the session addon is not in ${folder}.`,
      advice: 'Reinstall Rectiscope.',
      cause: error,
    });
  }
}

/** Folder of tfjs' sources. Throws where they are not there. */
const tfjsFolder = (): string =>
  import.meta.url.endsWith('.ts')
    ? path.dirname(npmPackage.resolve('@tensorflow/tfjs-node-gpu/package.json'))
    : fileURLToPath(new URL('./tfjs-node-gpu', import.meta.url));

/**
 * Finds the addon's source among the installed packages.
 * @throws RuntimeError `compile` if a package is missing
 */
export async function addonSource(): Promise<AddonSource> {
  try {
    const folder = tfjsFolder();
    const { version } = JSON.parse(await fs.readFile(path.join(folder, 'package.json'), 'utf8')) as { version: string };
    const binding = path.join(folder, 'binding');
    const all = (await fs.readdir(binding)).map((name) => path.join(binding, name));
    return {
      version,
      folder,
      files: all.filter((file) => file.endsWith('.cc')).sort(),
      ...(await nodeInterface()),
      tensorflowNames: await namesIn(all, /\b(TFE?_[A-Z]\w+)\s*\(/g),
    };
  } catch (error) {
    throw new RuntimeError('compile', {
      what: 'The source of the addon is missing: the C++ files of tfjs-node-gpu or the package node-api-headers is incomplete.',
      advice: 'Reinstall Rectiscope.',
      cause: error,
    });
  }
}
