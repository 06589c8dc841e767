/** Where exports go: nothing of the user's is overwritten or mixed with unless asked for, and each file is whole or not there. */
import { lstat, readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import { durableFiles, type Files, isTemporary } from '../system/durable-files.ts';
import { makeFolder } from '../system/make-folder.ts';
import type { ExportPlan, PlannedFile } from './exporter.ts';
import { ExportRefusal } from './refusal.ts';

/** For everybody that the user's umask lets in, as any other file that a command writes. */
const MODE = 0o666;

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/** What is at a path: at the end of a link, if it is one, or with `lstat` the link itself. `other`: a link, a device, a pipe. */
async function kindOf(path: string, look: typeof stat | typeof lstat): Promise<'none' | 'folder' | 'file' | 'other'> {
  try {
    const found = await look(path);
    return found.isDirectory() ? 'folder' : found.isFile() ? 'file' : 'other';
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 'none';
    if (codeOf(error) === 'ENOTDIR') throw new ExportRefusal(`${path}: a part of this path is a file, not a folder.`);
    throw error;
  }
}

/** A file that will be written, at its place. */
export interface PlacedFile extends PlannedFile {
  /** Absolute. */
  readonly file: string;
}

/** Check the place of a single file. */
export async function placeFile(target: string, plan: ExportPlan, force: boolean): Promise<PlacedFile[]> {
  const kind = await kindOf(target, lstat);
  // A file is written beside its place and moved there: what stands there would be replaced, not written to.
  if (kind === 'other')
    throw new ExportRefusal(`${target} is a link or a device, and would be replaced: name a regular file.`);
  if (kind === 'folder') throw new ExportRefusal(`${target} is a folder: name a file.`);
  if (kind === 'file' && !force) throw new ExportRefusal(`${target} is there already: add --force to overwrite it.`);
  if ((await kindOf(dirname(target), stat)) !== 'folder')
    throw new ExportRefusal(`${target}: there is no folder ${dirname(target)}. Make it first.`);
  return plan.files.map((file) => ({ ...file, file: target }));
}

/** Check a folder: it may be absent, empty, or hold an earlier export of the same kind. */
export async function placeFolder(target: string, plan: ExportPlan, force: boolean): Promise<PlacedFile[]> {
  const { owned = () => false, folder: own = '' } = plan;
  const folder = join(target, own);
  const isNoFolder = (kind: string) => kind === 'file' || kind === 'other';
  if (isNoFolder(await kindOf(target, stat))) throw new ExportRefusal(`${target} is a file: name a folder.`);
  const kind = await kindOf(folder, stat);
  if (isNoFolder(kind)) throw new ExportRefusal(`${folder} is a file, and a folder is needed there.`);
  const there = kind === 'folder' ? await pathsIn(folder, owned) : [];
  const other = there.find((path) => !owned(path));
  if (other !== undefined)
    throw new ExportRefusal(
      `${folder} has other things in it (${other}): name another folder, or one that is not there yet.`,
    );
  const known = there.find((path) => plan.files.some((file) => file.path === path));
  if (known !== undefined && !force)
    throw new ExportRefusal(`${join(folder, known)} is there already: add --force to overwrite it.`);
  return plan.files.map((file) => ({ ...file, file: join(folder, file.path) }));
}

/** Files below a folder; a folder inside is entered only where something of ours may be in it. What a kill left is not counted. */
async function pathsIn(folder: string, owned: (path: string) => boolean, below = ''): Promise<string[]> {
  const paths: string[] = [];
  for (const entry of await readdir(join(folder, below), { withFileTypes: true })) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory() && owned(`${path}/`)) paths.push(...(await pathsIn(folder, owned, path)));
    else if (!isTemporary(entry.name)) paths.push(entry.isDirectory() ? `${path}/` : path);
  }
  return paths;
}

/** Write one file; returns its size in bytes. */
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

/** Two exports may not go to one place, nor one into the folder of another. */
export function refuseShared(targets: readonly string[]): void {
  for (const [i, target] of targets.entries())
    for (const other of targets.slice(i + 1)) {
      if (target === other) throw new ExportRefusal(`${target} is named twice: give each export a place of its own.`);
      for (const [outer, inner] of [
        [target, other],
        [other, target],
      ] as const) {
        const way = relative(outer, inner);
        if (way !== '' && way.split(sep)[0] !== '..' && !isAbsolute(way))
          throw new ExportRefusal(`${inner} lies in ${outer}: give each export a place of its own.`);
      }
    }
}
