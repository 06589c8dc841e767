/** A runtime from TensorFlow's wheel: fetch, extract the needed files, build the addon beside them, verify. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { type Attempt, byteReporter, type Prepared } from './attempt.ts';
import { noSpace, RuntimeError } from './errors.ts';
import { folderBytes } from './folder-bytes.ts';
import { thisMachine } from './machine.ts';
import { fetchWheel, installWheels } from './pip.ts';
import { type Python, packageClient } from './python.ts';
import type { RuntimeTarget } from './target.ts';
import { unpackWheel } from './unpack.ts';

/** The needed part of a gigabyte: the libraries, the headers of the C API, the licences, the list of requirements. */
const keptNames = (target: RuntimeTarget): string[] => [
  ...target.libraries.map((name) =>
    ['tensorflow', target.libraryFolder, name.replaceAll('.', '\\.')].filter((part) => part !== '').join('/'),
  ),
  'tensorflow/include/(tensorflow|tsl|xla/tsl)/c/.*\\.h',
  'tensorflow/include/(tensorflow/core|tsl)/platform/ctstring.*\\.h',
  'tensorflow/THIRD_PARTY_NOTICES\\.txt',
  'tensorflow/include/(.*/)?(LICENSE|COPYING|NOTICE)[^/]*',
  '[^/]+\\.dist-info/(METADATA|(licenses/)?LICENSE[^/]*)',
];

/** The lines of a wheel's metadata with NVIDIA's wheels, as lines of a requirements file. */
export function cudaRequirements(metadata: string): string[] {
  return [...metadata.matchAll(/^Requires-Dist: *([^;\n]+);[^\n]*extra *== *["']and-cuda["'][^\n]*$/gm)].map(
    ([, requirement = '']) => requirement.trim().replaceAll(/[()]/g, ''),
  );
}

/** @throws RuntimeError `disk`, before fetching anything that would not fit */
async function checkSpace(attempt: Attempt, target: RuntimeTarget): Promise<void> {
  const { folder, downloads } = attempt.layout;
  const { bavail, bsize } = await fs.statfs(folder);
  const needed = target.bytesNeeded - (await folderBytes(downloads));
  if (bavail * bsize < needed) throw noSpace(folder, needed, bavail * bsize);
}

/** NVIDIA's libraries, where TensorFlow looks for them: in `nvidia` beside the package folder. */
async function addCuda(attempt: Attempt, target: RuntimeTarget, python: Python): Promise<void> {
  const names = await fs.readdir(attempt.root);
  const information = names.find((name) => name.endsWith('.dist-info'));
  const metadata = await fs.readFile(path.join(attempt.root, information ?? '', 'METADATA'), 'utf8');
  const message = 'Fetching NVIDIA’s libraries, about 3 GB';
  attempt.report({ phase: 'fetch', message });
  await installWheels(cudaRequirements(metadata), {
    python,
    staging: attempt.staging,
    request: target.wheel,
    target: attempt.root,
    signal: attempt.signal,
    onBytes: byteReporter(attempt, 'fetch', message),
  });
}

/**
 * Prepares a runtime from pip's configured package index.
 * @throws RuntimeError with the step that failed and why
 */
export async function prepareFromPip(attempt: Attempt, pythons: readonly Python[]): Promise<Prepared> {
  const { root, staging, scratch, layout, signal } = attempt;
  const python = await packageClient(pythons, path.join(staging, 'venv'), signal);
  const target = attempt.parts.targetFor(thisMachine(python.version), attempt.cuda);
  await checkSpace(attempt, target);

  const fetching = `Fetching ${target.wheel.requirement} with pip`;
  attempt.report({ phase: 'fetch', message: fetching });
  const onBytes = byteReporter(attempt, 'fetch', fetching);
  const wheel = await fetchWheel(target.wheel, layout.downloads, { python, staging, signal, onBytes });

  attempt.report({ phase: 'unpack', message: 'Unpacking the libraries' });
  await unpackWheel(wheel, {
    python,
    into: root,
    keep: keptNames(target),
    cwd: scratch,
    signal,
    onBytes: byteReporter(attempt, 'unpack', 'Unpacking the libraries'),
  });
  if (target.variant === 'cuda') await addCuda(attempt, target, python);

  const libraries = path.join(root, 'tensorflow', target.libraryFolder);
  const headers = path.join(root, 'tensorflow', 'include');
  // Beside the libraries, where every system's loader finds them, Windows' included.
  const addon = path.join(libraries, 'tfjs_binding.node');
  const request = { target, headers, libraries, out: addon, loadFrom: 'beside' } as const;
  let { prebuilt, ...built } = await attempt.parts.build(attempt, request, python);

  const [name = '', version = ''] = target.wheel.requirement.split('==');
  const searchPath = process.platform === 'win32' ? python.libraryFolders : [];
  const tryOut = async (): Promise<void> => {
    attempt.report({ phase: 'verify', message: `Testing TensorFlow ${version}` });
    await attempt.verify({ addon, libraries, searchPath, version, variant: target.variant }, signal);
  };
  try {
    await tryOut();
  } catch (error) {
    if (!prebuilt || !(error instanceof RuntimeError) || error.code !== 'verify') throw error;
    attempt.report({
      phase: 'compile',
      message: `The prebuilt addons do not work here: ${error.message}`,
    });
    ({ prebuilt, ...built } = await attempt.parts.build(attempt, { ...request, ignorePrebuilt: true }, python));
    await tryOut();
  }
  return {
    source: 'pip',
    package: name,
    version,
    variant: target.variant,
    addon,
    libraries,
    searchPath,
    files: [
      addon,
      ...(built.sessionAddon ? [built.sessionAddon] : []),
      ...target.libraries.map((library) => path.join(libraries, library)),
    ],
    python: python.executable,
    ...built,
  };
}
