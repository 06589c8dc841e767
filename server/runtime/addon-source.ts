/**
 * The source of the addon and the headers that it is compiled with. Both come with npm: the C++ files of
 * `@tensorflow/tfjs-node-gpu` (its install script, which would fetch a library of 2021, never runs) and Node-API's headers.
 */
import fs from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { RuntimeError } from './errors.ts';

export interface AddonSource {
  /** Release of tfjs-node-gpu. */
  version: string;
  /** The package's folder, which its files include from. */
  folder: string;
  files: string[];
  /** Folder of `node_api.h`. */
  nodeHeaders: string;
  /** Every function of Node-API, for platforms that link against a list of names. */
  nodeNames: string[];
  /** Every function of TensorFlow's C interface that the files mention. */
  tensorflowNames: string[];
}

const npmPackage = createRequire(import.meta.url);

/** Names that `pattern`'s first group matches in files, each once, sorted. */
async function namesIn(files: readonly string[], pattern: RegExp): Promise<string[]> {
  const names = new Set<string>();
  for (const file of files) {
    for (const [, name] of (await fs.readFile(file, 'utf8')).matchAll(pattern)) if (name !== undefined) names.add(name);
  }
  return [...names].sort();
}

/**
 * Find the addon's source among the installed packages.
 * @throws RuntimeError `compile` if a package is missing
 */
export async function addonSource(): Promise<AddonSource> {
  try {
    const manifest = npmPackage.resolve('@tensorflow/tfjs-node-gpu/package.json');
    const folder = path.dirname(manifest);
    const { version } = JSON.parse(await fs.readFile(manifest, 'utf8')) as { version: string };
    const binding = path.join(folder, 'binding');
    const all = (await fs.readdir(binding)).map((name) => path.join(binding, name));
    const headers = path.dirname(npmPackage.resolve('node-api-headers/package.json'));
    const definitions = ['js_native_api.def', 'node_api.def'].map((name) => path.join(headers, 'def', name));
    return {
      version,
      folder,
      files: all.filter((file) => file.endsWith('.cc')).sort(),
      nodeHeaders: path.join(headers, 'include'),
      nodeNames: await namesIn(definitions, /^\s*(n(?:api|ode_api)_\w+)/gm),
      tensorflowNames: await namesIn(all, /\b(TFE?_[A-Z]\w+)\s*\(/g),
    };
  } catch (error) {
    throw new RuntimeError('compile', {
      what: 'The source of the addon is not here: the packages @tensorflow/tfjs-node-gpu and node-api-headers are incomplete.',
      advice: 'Run `npm install` in the project, or install the extension again.',
      cause: error,
    });
  }
}
