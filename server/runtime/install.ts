/**
 * Install the native runtime: take the TensorFlow of a Python environment or fetch its wheel, build the addon, try it out.
 *
 * It may be killed at any instant and repeated. An attempt works in its own staging folder; what it has made is moved into
 * place by one rename, and only then named by the manifest, which is replaced by another. A death before that leaves
 * the runtime as it was, and what lies around is swept away by the next attempt. Fetched files are kept until one succeeds.
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
  /** `environment`: only a TensorFlow that is there already; `pip`: only a fetched one; `auto`: the former, else the latter. */
  source: 'auto' | 'pip' | 'environment';
  /** A Python program or the folder of an environment; else the active environment, else what the system has. */
  python?: string | undefined;
  /** The library for NVIDIA GPUs (Linux on x86-64). */
  cuda?: boolean;
  /** `machine`: only a compiler of this machine; `zig`: only the fetched one. */
  compiler?: 'auto' | 'machine' | 'zig';
  /** Install anew even if what is asked for is there. */
  force?: boolean;
  /** The runtime's folder. */
  folder?: string;
  onProgress?: (progress: InstallProgress) => void;
  signal?: AbortSignal | undefined;
  verify?: VerifyRuntime;
}

/** Is the installed runtime what is asked for? */
function isAskedFor(status: InstalledRuntime, options: InstallOptions): boolean {
  const source = options.source === 'auto' || options.source === status.source;
  const variant = options.cuda !== true || status.variant === 'cuda';
  return source && variant && (options.python === undefined || options.python === status.python);
}

/** Make every file below a folder survive a power cut. */
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

/** The runtime from the source that was asked for, built and verified in the attempt's folder. */
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
        what: `No Python environment has a TensorFlow that can be used (looked at ${looked}).`,
        advice: 'Activate the environment or name its folder with --python; or leave --source out to have it fetched.',
        detail: prepared.reasons.join('\n'),
      });
    }
    for (const reason of prepared.reasons) attempt.report({ phase: 'python', message: `Not used: ${reason}` });
  }
  return prepareFromPip(attempt, pythons);
}

/** Move what was prepared into place and name it in the manifest. */
async function commit(layout: RuntimeLayout, attempt: Attempt, prepared: Prepared): Promise<void> {
  const { folder } = layout;
  const bytes = await folderBytes(attempt.root);
  await syncTree(attempt.root);
  const id = `${prepared.version}-${prepared.variant}-${randomBytes(4).toString('hex')}`;
  const place = path.join(layout.versions, id);
  /** A path as it is after the move: ours relative to the runtime's folder, so that the folder can be moved. */
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

/** The system's errors in the user's words. */
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

/** Install with the lock held. */
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
    const message = `TensorFlow ${before.version} is installed already; --force installs it anew`;
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
  // It is installed: what it replaces and what was fetched for it can go.
  const kept = await removeTree(layout.downloads);
  if (kept !== undefined) report({ phase: 'finish', message: kept });
  await tidy();
}

/**
 * Install the runtime, or find that what is asked for is installed.
 * @param parts other than the product's own are for tests
 * @throws RuntimeError saying what is wrong and what to do; `interrupted` if `signal` fired, `busy` while another process
 * installs. The runtime that was there before is untouched by any failure.
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
  throw new RuntimeError('verify', { what: status.problem, advice: 'Something changed it meanwhile; run it again.' });
}
