/** Lists a folder of images: train/ and perhaps val/, in each one folder of images a class. Reads no image. */
import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { RunFailure } from '../run-file/run-failure.ts';
import type { ImageSet, SplitName } from './image.ts';

/** The files of one split, class by class, each class in order of its names. */
export interface FolderSplit {
  readonly images: ImageSet & { kind: 'files' };
  readonly labels: Uint16Array;
}

export interface ImageFolder {
  readonly classes: readonly string[];
  readonly train: FolderSplit;
  /** Absent where there is no folder `val`. */
  readonly val?: FolderSplit;
  /** What lies there and is no image, relative to the folder. */
  readonly passedOver: readonly string[];
}

const IMAGE = /\.(png|jpe?g|webp)$/i;

/** Hidden files, and those that file managers leave. */
const isHidden = (name: string): boolean => name.startsWith('.') || /^(thumbs\.db|desktop\.ini)$/i.test(name);

/** By the numbers of their letters: the same order on every machine, in every language. */
const inOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const failure = (message: string): RunFailure => new RunFailure(`data.source: ${message}`, ['data', 'source']);

/** What lies in a folder, links followed, in order. */
async function list(folder: string): Promise<{ name: string; kind: 'folder' | 'file' | 'other' }[]> {
  let entries: Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw failure(code === 'EACCES' ? `${folder} can't be read: permission denied.` : `${folder}: ${message}.`);
  }
  const found = entries
    .filter(({ name }) => !isHidden(name))
    .map(async (entry) => ({
      name: entry.name,
      kind: kindOf(entry.isSymbolicLink() ? await target(folder, entry.name) : entry),
    }));
  return (await Promise.all(found)).toSorted((a, b) => inOrder(a.name, b.name));
}

async function target(folder: string, name: string) {
  try {
    return await stat(join(folder, name));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw failure(`the link ${join(folder, name)} ${code === 'ELOOP' ? 'is part of a loop' : 'is broken'}: remove it.`);
  }
}

const kindOf = (entry: { isDirectory(): boolean; isFile(): boolean }): 'folder' | 'file' | 'other' =>
  entry.isDirectory() ? 'folder' : entry.isFile() ? 'file' : 'other';

/** The images of a split by class, and what is passed over. */
async function listSplit(folder: string, split: SplitName) {
  const classes = new Map<string, string[]>();
  const passedOver: string[] = [];
  for (const { name, kind } of await list(join(folder, split))) {
    if (kind !== 'folder') {
      passedOver.push(`${split}/${name}`);
      continue;
    }
    const images: string[] = [];
    for (const entry of await list(join(folder, split, name))) {
      const path = `${split}/${name}/${entry.name}`;
      if (entry.kind === 'file' && IMAGE.test(entry.name)) images.push(path);
      else passedOver.push(path);
    }
    if (images.length === 0)
      throw failure(
        `${join(folder, split, name)} contains no image (png, jpeg, webp): add images, or remove the folder.`,
      );
    classes.set(name, images);
  }
  if (classes.size === 0)
    throw failure(`${join(folder, split)} contains no folder of images: each class needs its own folder there.`);
  return { classes, passedOver };
}

const joined = (folder: string, classes: ReadonlyMap<string, readonly string[]>): FolderSplit => ({
  images: { kind: 'files', folder, paths: [...classes.values()].flat() },
  labels: Uint16Array.from([...classes.values()].flatMap((images, label) => images.map(() => label))),
});

/** Whether a folder is one of images: it has a folder `train`. */
export const isImageFolder = async (folder: string): Promise<boolean> =>
  (await stat(join(folder, 'train')).catch(() => undefined))?.isDirectory() ?? false;

/** List a folder of images; throws a RunFailure that says what is missing, or how train and val differ. */
export async function listImageFolder(folder: string): Promise<ImageFolder> {
  const train = await listSplit(folder, 'train');
  const hasVal = (await stat(join(folder, 'val')).catch(() => undefined))?.isDirectory() ?? false;
  const val = hasVal ? await listSplit(folder, 'val') : undefined;
  const classes = [...train.classes.keys()];
  if (classes.length > 65_536) throw failure(`${classes.length} classes are more than 65,536.`);
  if (val) {
    const only = (one: ReadonlyMap<string, unknown>, other: ReadonlyMap<string, unknown>) =>
      [...one.keys()].filter((name) => !other.has(name));
    const differences = [
      ...only(train.classes, val.classes).map((name) => `\`${name}\` is only in train/`),
      ...only(val.classes, train.classes).map((name) => `\`${name}\` is only in val/`),
    ];
    if (differences.length > 0)
      throw failure(`${folder}: train/ and val/ must have the same classes, but ${shown(differences)}.`);
  }
  return {
    classes,
    train: joined(folder, train.classes),
    ...(val && { val: joined(folder, val.classes) }),
    passedOver: [...train.passedOver, ...(val?.passedOver ?? [])],
  };
}

/** The first few of a list, and how many more there are. */
export const shown = (items: readonly string[], { most = 5, between = ', ' } = {}): string =>
  items.length <= most
    ? items.join(between)
    : `${items.slice(0, most).join(between)}${between}and ${items.length - most} more`;
