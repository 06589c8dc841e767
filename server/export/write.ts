/** Where exports go: the user's files are not overwritten or mixed with ours unless requested, and no file is half-written. */
import { lstat, readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import { durableFiles, type Files, isTemporary } from '../system/durable-files.ts';
import { makeFolder } from '../system/make-folder.ts';
import type { ExportPlan, PlannedFile } from './exporter.ts';
import { ExportRefusal } from './refusal.ts';

/** Permissions by the user's umask, as for any other file that a command writes. */
const MODE = 0o666;

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/** What is at a path: at the end of a link, if it is one, or with `lstat` the link itself. `other`: a link, a device, a pipe. */
async function kindOf(path: string, look: typeof stat | typeof lstat): Promise<'none' | 'folder' | 'file' | 'other'> {
  try {
    const found = await look(path);
    return found.isDirectory() ? 'folder' : found.isFile() ? 'file' : 'other';
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 'none';
    if (codeOf(error) === 'ENOTDIR') throw new ExportRefusal(`${path}: part of this path is a file, not a folder.`);
    throw error;
  }
}

/** A file that will be written, with its path. */
export interface PlacedFile extends PlannedFile {
  /** Absolute. */
  readonly file: string;
}

/** Checks the target of a single file. */
export async function placeFile(target: string, plan: ExportPlan, force: boolean): Promise<PlacedFile[]> {
  const kind = await kindOf(target, lstat);
  // A file is written beside its target and moved there: an existing link would be replaced, not written to.
  if (kind === 'other')
    throw new ExportRefusal(`${target} is a link or a device, and would be replaced: name a regular file.`);
  if (kind === 'folder') throw new ExportRefusal(`${target} is a folder: name a file.`);
  if (kind === 'file' && !force) throw new ExportRefusal(`${target} already exists: add --force to overwrite it.`);
  if ((await kindOf(dirname(target), stat)) !== 'folder')
    throw new ExportRefusal(`${target}: there is no folder ${dirname(target)}. Make it first.`);
  return plan.files.map((file) => ({ ...file, file: target }));
}

/** Checks a folder: it may be absent, empty, or contain an earlier export of the same kind. */
export async function placeFolder(target: string, plan: ExportPlan, force: boolean): Promise<PlacedFile[]> {
  const { owned = () => false, folder: own = '' } = plan;
  const folder = join(target, own);
  const isNoFolder = (kind: string) => kind === 'file' || kind === 'other';
  if (isNoFolder(await kindOf(target, stat))) throw new ExportRefusal(`${target} is a file: name a folder.`);
  const kind = await kindOf(folder, stat);
  if (isNoFolder(kind)) throw new ExportRefusal(`${folder} is a file, but must be a folder.`);
  const there = kind === 'folder' ? await pathsIn(folder, owned) : [];
  const other = there.find((path) => !owned(path));
  if (other !== undefined)
    throw new ExportRefusal(`${folder} contains other files (${other}): name another folder, or a new one.`);
  const known = there.find((path) => plan.files.some((file) => file.path === path));
  if (known !== undefined && !force)
    throw new ExportRefusal(`${join(folder, known)} already exists: add --force to overwrite it.`);
  return plan.files.map((file) => ({ ...file, file: join(folder, file.path) }));
}

/** Files below a folder; subfolders are entered only if they may contain our files. Leftovers of killed processes are not counted. */
async function pathsIn(folder: string, owned: (path: string) => boolean, below = ''): Promise<string[]> {
  const paths: string[] = [];
  for (const entry of await readdir(join(folder, below), { withFileTypes: true })) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory() && owned(`${path}/`)) paths.push(...(await pathsIn(folder, owned, path)));
    else if (!isTemporary(entry.name)) paths.push(entry.isDirectory() ? `${path}/` : path);
  }
  return paths;
}

/** Writes one file; returns its size in bytes. */
export async function writePlaced({ file, make }: PlacedFile, files: Files = durableFiles): Promise<number> {
  const pieces = make();
  try {
    makeFolder(dirname(file));
    await files.writeWhole(file, pieces, { mode: MODE });
  } catch (error) {
    await rm(join(dirname(file), `.${basename(file)}.tmp`), { force: true });
    throw new ExportRefusal(`${file} could not be written: ${(error as Error).message}.`);
  }
  return pieces.reduce((sum, { byteLength }) => sum + byteLength, 0);
}

/** Two exports must not have the same target, nor one be inside the folder of another. */
export function refuseShared(targets: readonly string[]): void {
  for (const [i, target] of targets.entries())
    for (const other of targets.slice(i + 1)) {
      if (target === other) throw new ExportRefusal(`${target} is named twice: give each export its own path.`);
      for (const [outer, inner] of [
        [target, other],
        [other, target],
      ] as const) {
        const way = relative(outer, inner);
        if (way !== '' && way.split(sep)[0] !== '..' && !isAbsolute(way))
          throw new ExportRefusal(`${inner} is inside ${outer}: give each export its own path.`);
      }
    }
}
