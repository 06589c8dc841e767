/**
 * Installs the native runtime: uses the TensorFlow of a Python environment or fetches its wheel, builds the addon, tests it.
 *
 * It may be killed at any instant and repeated. An attempt works in its own staging folder; one rename moves the result
 * into place, and only then another rename replaces the manifest, which names it. If the process dies before that, the
 * runtime is unchanged, and the next attempt removes the leftovers. Fetched files are kept until an attempt succeeds.
 */

import { randomBytes } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { renameOver } from '../system/durable-files.ts';
import type { Attempt, InstallParts, InstallProgress, Prepared } from './attempt.ts';
import { buildWithSomeCompiler } from './build-step.ts';
import { claimFolder, markFolder, removeTree, sweep } from './claim.ts';
import { interrupted, noSpace, RuntimeError } from './errors.ts';
import { folderBytes } from './folder-bytes.ts';
import { layoutOf, type RuntimeLayout, runtimeFolder } from './location.ts';
import { acquireLock } from './lock.ts';
import { thisPlatform } from './machine.ts';
import { type ManifestFile, syncFolder, writeManifest } from './manifest.ts';
import { prepareFromEnvironment } from './prepare-environment.ts';
import { prepareFromPip } from './prepare-pip.ts';
import { findPythons } from './python.ts';
import { addSessions, hasSessions } from './session-step.ts';
import { type InstalledRuntime, runtimeStatus } from './status.ts';
import { targetFor } from './target.ts';
import { type VerifyRuntime, verifyByProduct } from './verify.ts';

export interface InstallOptions {
  /** `environment`: only an existing TensorFlow; `pip`: only a fetched one; `auto`: the former, else the latter. */
  source: 'auto' | 'pip' | 'environment';
  /** A Python program or the folder of an environment; by default the active environment, else the system's. */
  python?: string | undefined;
  /** The library for NVIDIA GPUs (Linux on x86-64). */
  cuda?: boolean;
  /** `machine`: only a compiler of this machine; `zig`: only the fetched one. */
  compiler?: 'auto' | 'machine' | 'zig';
  /** Reinstall even if the requested runtime is installed. */
  force?: boolean;
  /** The runtime's folder. */
  folder?: string;
  onProgress?: (progress: InstallProgress) => void;
  signal?: AbortSignal | undefined;
  verify?: VerifyRuntime;
}

/** Whether the installed runtime is the requested one. */
function isAskedFor(status: InstalledRuntime, options: InstallOptions): boolean {
  const source = options.source === 'auto' || options.source === status.source;
  const variant = options.cuda !== true || status.variant === 'cuda';
  return source && variant && (options.python === undefined || options.python === status.python);
}

/** Makes every file below a folder survive a power cut. */
async function syncTree(folder: string): Promise<void> {
  for (const entry of await fs.readdir(folder, { withFileTypes: true })) {
    const target = path.join(folder, entry.name);
    if (entry.isDirectory()) await syncTree(target);
    else if (entry.isFile()) {
      const handle = await fs.open(target, 'r+');
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
    }
  }
  await syncFolder(folder);
}

/** The runtime from the requested source, built and verified in the attempt's folder. */
async function prepare(attempt: Attempt, options: InstallOptions): Promise<Prepared> {
  attempt.report({ phase: 'python', message: 'Looking for Python' });
  const { python, source, signal } = options;
  const pythons = await findPythons({ python, cwd: attempt.scratch, signal });
  if (source !== 'pip') {
    const prepared = await prepareFromEnvironment(attempt, pythons);
    if (!('reasons' in prepared)) return prepared;
    if (source === 'environment') {
      const looked = pythons.map(({ executable }) => executable).join(', ');
      throw new RuntimeError('no-environment', {
        what: `No Python environment has a usable TensorFlow (searched ${looked}).`,
        advice: 'Activate the environment or name its folder with --python; or leave out --source to have it fetched.',
        detail: prepared.reasons.join('\n'),
      });
    }
    for (const reason of prepared.reasons) attempt.report({ phase: 'python', message: `Not used: ${reason}` });
  }
  return prepareFromPip(attempt, pythons);
}

/** Moves the prepared runtime into place and records it in the manifest. */
async function commit(layout: RuntimeLayout, attempt: Attempt, prepared: Prepared): Promise<void> {
  const { folder } = layout;
  const bytes = await folderBytes(attempt.root);
  await syncTree(attempt.root);
  const id = `${prepared.version}-${prepared.variant}-${randomBytes(4).toString('hex')}`;
  const place = path.join(layout.versions, id);
  /** A path after the move: relative to the runtime's folder if it is ours, so that the folder can be moved. */
  const moved = (file: string): string => {
    const inside = path.relative(attempt.root, file);
    const ours = !inside.startsWith('..') && !path.isAbsolute(inside);
    return ours ? path.relative(folder, path.join(place, inside)) : file;
  };
  const files: ManifestFile[] = [];
  for (const file of prepared.files) {
    const { size, mtimeMs } = await fs.stat(file);
    const name = moved(file);
    files.push({ path: name, bytes: size, ...(path.isAbsolute(name) ? { modified: mtimeMs } : {}) });
  }
  await fs.mkdir(layout.versions, { recursive: true });
  await renameOver(attempt.root, place);
  await syncFolder(layout.versions);
  const { addon, libraries, sessionAddon: _, ...rest } = prepared;
  const where = { addon: moved(addon), libraries: moved(libraries), platform: thisPlatform(), id, files, bytes };
  await writeManifest(folder, { ...rest, ...where, installed: new Date().toISOString() });
}

/** The system's errors as messages for the user. */
function inWords(error: unknown, folder: string): unknown {
  const { code, message, syscall } = error as NodeJS.ErrnoException;
  if (error instanceof RuntimeError) return error;
  if (code === 'ENOSPC' || code === 'EDQUOT') return noSpace(folder, 1.5e9, undefined);
  if (syscall !== 'mkdir' && code !== 'EACCES' && code !== 'EPERM' && code !== 'EROFS' && code !== 'ENOTDIR')
    return error;
  return new RuntimeError('permission', {
    what: `The runtime can’t be written to ${folder} (${message}).`,
    advice: 'Make sure that the folder belongs to you, or set RECTISCOPE_RUNTIME to one that does.',
    cause: error,
  });
}

/** Installs with the lock held. */
async function installLocked(layout: RuntimeLayout, options: InstallOptions, parts: InstallParts): Promise<void> {
  const report = options.onProgress ?? (() => undefined);
  await markFolder(layout);
  const tidy = async (): Promise<void> => {
    for (const problem of await sweep(layout.folder)) report({ phase: 'finish', message: problem });
  };
  await tidy();
  const before = await runtimeStatus(layout.folder);
  const isThere = before.installed && options.force !== true && isAskedFor(before, options);
  if (isThere && (await hasSessions(before))) {
    const message = `TensorFlow ${before.version} is already installed; --force reinstalls it`;
    report({ phase: 'finish', message });
    return;
  }
  await fs.mkdir(layout.staging, { recursive: true });
  const staging = await fs.mkdtemp(path.join(layout.staging, 'install-'));
  const attempt: Attempt = {
    layout,
    staging,
    root: path.join(staging, 'root'),
    scratch: path.join(staging, 'scratch'),
    compiler: options.compiler ?? 'auto',
    cuda: options.cuda === true,
    parts,
    verify: options.verify ?? verifyByProduct,
    signal: options.signal,
    report,
  };
  try {
    await fs.mkdir(attempt.scratch);
    if (isThere) {
      await addSessions(attempt, before);
      return;
    }
    const prepared = await prepare(attempt, options);
    if (options.signal?.aborted === true) throw interrupted();
    report({ phase: 'finish', message: 'Moving it into place' });
    await commit(layout, attempt, prepared);
  } finally {
    await removeTree(staging);
  }
  // It is installed: the previous version and the downloads can be removed.
  const kept = await removeTree(layout.downloads);
  if (kept !== undefined) report({ phase: 'finish', message: kept });
  await tidy();
}

/**
 * Installs the runtime, unless the requested one is already installed.
 * @param parts other than the product's own are for tests
 * @throws RuntimeError with what is wrong and what to do; `interrupted` if `signal` fired, `busy` while another process
 * installs. No failure changes an existing runtime.
 */
export async function installRuntime(
  options: InstallOptions,
  parts: InstallParts = { targetFor, build: buildWithSomeCompiler },
): Promise<InstalledRuntime> {
  const folder = options.folder ?? runtimeFolder();
  const layout = layoutOf(folder);
  try {
    await claimFolder(layout);
    const lock = await acquireLock(layout.locks);
    try {
      await installLocked(layout, options, parts);
    } finally {
      await lock.release();
    }
  } catch (error) {
    throw options.signal?.aborted === true ? interrupted() : inWords(error, folder);
  }
  const status = await runtimeStatus(folder);
  if (status.installed) return status;
  throw new RuntimeError('verify', {
    what: status.problem,
    advice: 'Another program changed it meanwhile; run it again.',
  });
}
