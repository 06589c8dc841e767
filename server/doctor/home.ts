/** The store's folder: where it is or would be, whether it can be made and written, and the free space on its disk. */

import { accessSync, constants, existsSync, lstatSync, statfsSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { findHome, STORE_FOLDER } from '../client/home.ts';
import { folderProblem, socketPath } from '../system/socket.ts';
import type { Problem } from './problem.ts';

export interface Home {
  /** Absolute. */
  readonly folder: string;
  /** How it was found: by the variable, in a parent folder, or not yet: it would be made here. */
  readonly from: 'RECTISCOPE_HOME' | 'folder' | 'new';
  readonly exists: boolean;
  /** On its disk; null if the system does not report it. */
  readonly freeBytes: number | null;
}

/** With less, the next checkpoints may not fit: three of 32 million weights, with what the optimiser keeps of each. */
const LITTLE_ROOM = 1e9;

/** What a shell would have expanded: in settings files and quotes it is kept as it is. */
const NOT_EXPANDED = /^~|\$\{?\w|%\w+%|^file:/;

/** proc, sysfs, cgroup, cgroup2, debugfs, tracefs, securityfs (statfs(2)): the kernel's; they store no files. */
const KERNEL_TYPES = new Set([0x9fa0, 0x62656572, 0x27e0eb, 0x63677270, 0x64626720, 0x74726163, 0x73636673]);

function nearest(folder: string): string {
  for (let here = folder; ; here = dirname(here)) if (existsSync(here) || dirname(here) === here) return here;
}

/** What is at a path; the system's error code if unknown. */
function kindAt(path: string): { isFolder: boolean; code?: string } {
  try {
    return { isFolder: statSync(path).isDirectory() };
  } catch (error) {
    return { isFolder: false, code: (error as NodeJS.ErrnoException).code ?? 'unknown' };
  }
}

const isFolder = (path: string): boolean => kindAt(path).isFolder;

/** Why a path can't even be looked up, as the end of a sentence. */
const UNREACHABLE: Readonly<Record<string, string>> = {
  ENAMETOOLONG: 'is too long for the system',
  ELOOP: 'is a link that leads back to itself',
  EACCES: 'is in a folder that you may not enter',
  EPERM: 'is in a folder that you may not enter',
};

/** The variable's value may not be what the user meant. */
function variableProblems(chosen: string, folder: string): Problem[] {
  if (NOT_EXPANDED.test(chosen)) {
    const message = `RECTISCOPE_HOME is “${chosen}”, which was not expanded: the store is ${folder}.`;
    return [{ id: 'home-not-expanded', severity: 'error', message, advice: 'Set it to the full path of a folder.' }];
  }
  if (chosen !== chosen.trim()) {
    const message = `RECTISCOPE_HOME starts or ends with a space: “${chosen}”.`;
    return [{ id: 'home-blank', severity: 'warning', message, advice: 'Set it without the space.' }];
  }
  if (!isAbsolute(chosen)) {
    const message = `RECTISCOPE_HOME is “${chosen}”, a relative path: each folder that you work in gets a different store.`;
    const advice = `Set it to the full path, here ${folder}, or unset it.`;
    return [{ id: 'home-relative', severity: 'warning', message, advice }];
  }
  return [];
}

/** Whether the folder of the store, or where it would be made, is writable. */
function placeProblem({ folder, exists }: Pick<Home, 'folder' | 'exists'>): Problem | undefined {
  const elsewhere = 'Work in a folder that you own, or set RECTISCOPE_HOME to one.';
  const why = UNREACHABLE[kindAt(folder).code ?? ''];
  if (why !== undefined) {
    const message = `The path of the store ${why}: ${folder}.`;
    return { id: 'folder-unreachable', severity: 'error', message, advice: elsewhere, path: folder };
  }
  const place = exists ? folder : nearest(folder);
  const path = { path: place };
  if (!isFolder(place)) {
    const message = `${place} is a file, but must be a folder.`;
    return { id: 'not-a-folder', severity: 'error', message, advice: elsewhere, ...path };
  }
  if (process.platform === 'linux' && KERNEL_TYPES.has(statfsSync(place).type)) {
    const message = `${folder} can't be a store: ${place} belongs to the kernel and stores no files.`;
    return { id: 'folder-impossible', severity: 'error', message, advice: elsewhere, ...path };
  }
  try {
    accessSync(place, constants.R_OK | constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    const readOnly = (error as NodeJS.ErrnoException).code === 'EROFS';
    const message = `${readOnly ? `${place} can't be written: its disk is read-only` : `You have no permission to write to ${place}`}.`;
    const advice = readOnly
      ? 'Mount its disk writable, or set RECTISCOPE_HOME to a folder on another one. Its runs can still be read: `runs`, `show`, `export`.'
      : exists
        ? `Take ownership of the folder and its contents (\`chown -R\`, \`chmod -R u+rwX\`), or set RECTISCOPE_HOME to another one.`
        : elsewhere;
    return { id: 'folder-not-writable', severity: 'error', message, advice, ...path };
  }
}

/** Free space for the next checkpoints. */
function roomProblem({ folder, freeBytes }: Pick<Home, 'folder' | 'freeBytes'>): Problem | undefined {
  if (freeBytes === null || freeBytes >= LITTLE_ROOM) return undefined;
  const message = `The disk of ${folder} has ${Math.floor(freeBytes / 1e6)} MB left.`;
  const advice =
    'Free some space: `rectiscope remove RUN` deletes the checkpoints of a run, also on a full disk. Until then the runs can be read (`runs`, `show`, `export`), and training runs wait.';
  return { id: 'disk-full', severity: 'warning', message, advice, path: folder };
}

/** Whether its server can have a socket: a short enough path in a folder private to the user. */
function socketProblem(folder: string): Problem | undefined {
  let place: string;
  try {
    place = dirname(socketPath(folder));
  } catch (error) {
    const advice = 'Set XDG_RUNTIME_DIR to a folder that you own, with a short path.';
    return { id: 'socket-path', severity: 'error', message: (error as Error).message, advice };
  }
  if (process.platform === 'win32' || !lstatSync(place, { throwIfNoEntry: false })) return undefined;
  const why = folderProblem(place);
  if (why === undefined) return undefined;
  const message = `${place}, where the training server listens, ${why}.`;
  const advice = 'Remove it, or set XDG_RUNTIME_DIR to a folder that you own.';
  return { id: 'socket-folder', severity: 'error', message, advice, path: place };
}

function freeBytes(folder: string): number | null {
  try {
    const { bavail, bsize, blocks } = statfsSync(nearest(folder));
    // A kernel's file system has no blocks.
    return blocks === 0 ? null : bavail * bsize;
  } catch {
    // Unknown, as on a disconnected network disk: other checks report that.
    return null;
  }
}

/** The store of a folder, and what is wrong with its location. */
export function lookAtHome(cwd: string, environment: NodeJS.ProcessEnv): { home: Home; problems: Problem[] } {
  const { RECTISCOPE_HOME: chosen } = environment;
  const folder = findHome(cwd, environment);
  const exists = isFolder(folder);
  const from = chosen ? 'RECTISCOPE_HOME' : exists ? 'folder' : 'new';
  const home: Home = { folder, from, exists, freeBytes: freeBytes(folder) };
  const problems = [
    ...(chosen ? variableProblems(chosen, folder) : []),
    placeProblem(home) ?? [],
    roomProblem(home) ?? [],
    socketProblem(folder) ?? [],
  ].flat();
  const near = findHome(cwd, {});
  if (chosen && near !== folder && isFolder(near)) {
    const message = `RECTISCOPE_HOME overrides the store ${near} of this folder.`;
    const advice = `Unset it to see the runs of ${join(resolve(near, '..'), STORE_FOLDER)}.`;
    problems.push({ id: 'home-hides-store', severity: 'information', message, advice, path: near });
  }
  return { home, problems };
}
