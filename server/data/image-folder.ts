/** Lists a folder of images: train/ and perhaps val/, in each one folder of images a class. Reads no image. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { RunFailure } from '../run-file/run-failure.ts';
import { isImageName, withoutClasses, withoutImages } from './folder-faults.ts';
import type { ImageSet, SplitName } from './image.ts';
import { listFolder, shown } from './listing.ts';

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
  /** Images that are links which lead nowhere, relative to the folder: they are among the files, and can't be read. */
  readonly broken: readonly string[];
}

const failure = (message: string): RunFailure => new RunFailure(`data.source: ${message}`, ['data', 'source']);

interface ListedClass {
  /** Of its folder, as it is on the disk. */
  readonly name: string;
  readonly images: string[];
}

/**
 * The images of a split by class, what is passed over, and what is wrong with it. Two spellings of a name in Unicode are one class: macOS
 * writes `ö` as two characters, and an archive made there keeps them.
 */
async function listSplit(folder: string, split: SplitName) {
  const classes = new Map<string, ListedClass>();
  const [passedOver, broken, faults]: [string[], string[], string[]] = [[], [], []];
  const all = await listFolder(join(folder, split));
  for (const { name, kind } of all) {
    if (kind !== 'folder') {
      passedOver.push(`${split}/${name}`);
      continue;
    }
    const key = name.normalize('NFC');
    const own = classes.get(key) ?? { name, images: [] };
    classes.set(key, own);
    const entries = await listFolder(join(folder, split, name));
    const isImage = (entry: (typeof entries)[number]) =>
      (entry.kind === 'file' || entry.kind === 'broken') && isImageName(entry.name);
    for (const entry of entries) {
      const path = `${split}/${name}/${entry.name}`;
      if (entry.kind === 'broken' && isImage(entry)) broken.push(path);
      (isImage(entry) ? own.images : passedOver).push(path);
    }
    if (!entries.some(isImage)) faults.push(`${join(folder, split, name)} ${withoutImages(entries, split)}`);
  }
  if (classes.size === 0) faults.push(`${join(folder, split)} ${withoutClasses(all, split)}`);
  return { classes, passedOver, broken, faults };
}

const joined = (folder: string, classes: readonly (readonly string[])[]): FolderSplit => ({
  images: { kind: 'files', folder, paths: classes.flat() },
  labels: Uint16Array.from(classes.flatMap((images, label) => images.map(() => label))),
});

const isFolder = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined))?.isDirectory() ?? false;

/** Whether a folder is one of images: it has a folder `train`. */
export const isImageFolder = (folder: string): Promise<boolean> => isFolder(join(folder, 'train'));

/** Classes that only one of train and val has. */
function differences(
  train: ReadonlyMap<string, ListedClass>,
  val: ReadonlyMap<string, ListedClass>,
): { name: string; only: SplitName }[] {
  const missing = (one: typeof train, other: typeof train, only: SplitName) =>
    [...one].flatMap(([key, { name }]) => (other.has(key) ? [] : [{ name, only }]));
  return [...missing(train, val, 'train'), ...missing(val, train, 'val')];
}

/** Faults that a message names; all of them are counted. */
const MOST_FAULTS = 10;

/** List a folder of images; throws a RunFailure that says all that is wrong with it: what is missing, and how train and val differ. */
export async function listImageFolder(folder: string): Promise<ImageFolder> {
  const train = await listSplit(folder, 'train');
  const val = (await isFolder(join(folder, 'val'))) ? await listSplit(folder, 'val') : undefined;
  const faults = [...train.faults, ...(val?.faults ?? [])];
  if (train.classes.size > 65_536) faults.push(`${train.classes.size} classes are more than 65,536`);
  const different =
    val && train.classes.size > 0 && val.classes.size > 0 ? differences(train.classes, val.classes) : [];
  if (different.length > 0) {
    const named = different.map(({ name, only }) => `\`${name}\` is only in ${only}/`);
    faults.push(`${folder}: train/ and val/ must have the same classes, but ${shown(named)}`);
  }
  if (faults.length > 0) throw failure(`${shown(faults, { most: MOST_FAULTS, between: '; ' })}.`);
  const keys = [...train.classes.keys()];
  const imagesOf = (classes: typeof train.classes) => keys.map((key) => classes.get(key)?.images ?? []);
  return {
    classes: [...train.classes.values()].map(({ name }) => name),
    train: joined(folder, imagesOf(train.classes)),
    ...(val && { val: joined(folder, imagesOf(val.classes)) }),
    passedOver: [...train.passedOver, ...(val?.passedOver ?? [])],
    broken: [...train.broken, ...(val?.broken ?? [])],
  };
}
