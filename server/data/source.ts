/** Finds the images and labels that `data.source` names, and reads them. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BUNDLED, type MapShape } from '../domain/config.ts';
import { RunFailure } from '../run-file/run-failure.ts';
import { isImageName, withoutTrain } from './folder-faults.ts';
import { type IdxArray, readIdx } from './idx.ts';
import type { ImageSet, SplitName } from './image.ts';
import { isImageFolder, listImageFolder } from './image-folder.ts';
import { listFolder } from './listing.ts';

/** Images and labels in the order of the files. */
export interface SourceSplit {
  readonly images: ImageSet;
  readonly labels: Uint16Array;
}

/** What a run learns from. */
export interface Source {
  readonly classes: readonly string[];
  readonly train: SourceSplit;
  /** Absent where the source has none: part of train is taken instead. */
  readonly val?: SourceSplit;
  /** Files that lie there and are no images, relative to the source. */
  readonly passedOver: readonly string[];
  /** Files among the images that are links which lead nowhere, relative to the source. */
  readonly broken: readonly string[];
}

/** An image as people find it: by its file, relative to the source, or by its place in an IDX file, counted from 0. */
export function nameOf(source: Source, set: SplitName, index: number): string {
  const images = (set === 'val' ? source.val : source.train)?.images;
  return images?.kind === 'files' ? (images.paths[index] ?? '') : `example ${index} of ${set}`;
}

const FASHION_MNIST = [
  'T-shirt/top',
  'Trouser',
  'Pullover',
  'Dress',
  'Coat',
  'Sandal',
  'Shirt',
  'Sneaker',
  'Bag',
  'Ankle boot',
];

/** The data folder of the product: beside `server/` in the source tree, beside `dist/` in the packaged extension. */
function bundledFolder(): string {
  const here = import.meta.url;
  return fileURLToPath(new URL(here.endsWith('.ts') ? '../../data/fashion-mnist/' : '../data/fashion-mnist/', here));
}

async function filesOf(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch {
    throw new RunFailure(
      `data.source: the folder ${folder} does not exist. Write a path relative to the run file, or \`fashion-mnist\`.`,
      ['data', 'source'],
    );
  }
}

type ReadImages = (path: string) => Promise<IdxArray>;

async function readSplit(
  folder: string,
  files: readonly string[],
  { split, readImages }: { split: 'train' | 't10k'; readImages: ReadImages },
) {
  const find = (kind: string) => files.find((file) => file.startsWith(`${split}-${kind}-idx`));
  const [images, labels] = [find('images'), find('labels')];
  if (!images || !labels) return undefined;
  return {
    images: await readImages(join(folder, images)),
    labels: await readIdx(join(folder, labels)),
    name: join(folder, images),
  };
}

function joinSplit({
  images,
  labels,
  name,
}: {
  images: IdxArray;
  labels: IdxArray;
  name: string;
}): SourceSplit & { shape: MapShape } {
  const [count = 0, height = 0, width = 0, channels = 1] = images.shape;
  if (images.shape.length < 3 || images.shape.length > 4)
    throw new RunFailure(
      `${name}: images are [count, height, width] or [count, height, width, channels], not ${images.shape.length} axes.`,
    );
  if (labels.shape.length !== 1 || labels.shape[0] !== count)
    throw new RunFailure(`${name}: ${count} images, but labels of shape [${labels.shape.join(', ')}].`);
  if (count === 0 || height * width * channels === 0) throw new RunFailure(`${name} contains no images.`);
  const own = labels.data;
  const wrong = own.findIndex((label) => !Number.isInteger(label) || label < 0 || label > 65535);
  if (wrong >= 0)
    throw new RunFailure(
      `${name}: image ${wrong} has label ${own[wrong]}, which is no class number (0, 1, 2, …, at most 65535).`,
    );
  const shape: MapShape = [height, width, channels];
  return { shape, images: { kind: 'arrays', shape, values: images.data }, labels: Uint16Array.from(own) };
}

/** Folders of a source that are looked into, to say what lies there. */
const MOST_LOOKED_INTO = 100;

async function withoutTrainFailure(folder: string): Promise<RunFailure> {
  const entries = await listFolder(folder);
  const withImages = new Set<string>();
  for (const { name } of entries.filter(({ kind }) => kind === 'folder').slice(0, MOST_LOOKED_INTO)) {
    const inside = await listFolder(join(folder, name)).catch(() => []);
    if (inside.some(({ name: file, kind }) => kind === 'file' && isImageName(file))) withImages.add(name);
  }
  const found = withoutTrain(entries, (name) => withImages.has(name));
  const wanted = `${folder} has neither a folder \`train\` with one folder of images a class, nor the IDX files \`train-images-idx…\` and \`train-labels-idx…\``;
  return new RunFailure(`data.source: ${wanted}${found === undefined ? '' : `; ${found}`}.`, ['data', 'source']);
}

/**
 * Open a source: `fashion-mnist`, or the absolute path of a folder of images or of four IDX files. `readImages` may read less of an IDX
 * file than all: its shape is the header's.
 */
export async function openSource(source: string, readImages: ReadImages = readIdx): Promise<Source> {
  const bundled = source === BUNDLED;
  const folder = bundled ? bundledFolder() : source;
  const files = await filesOf(folder);
  if (await isImageFolder(folder)) return listImageFolder(folder);
  const train = await readSplit(folder, files, { split: 'train', readImages });
  if (!train) throw await withoutTrainFailure(folder);
  const val = await readSplit(folder, files, { split: 't10k', readImages });
  const { shape, ...own } = joinSplit(train);
  const other = val && joinSplit(val);
  if (other && String(other.shape) !== String(shape))
    throw new RunFailure(`data.source: train has ${shape.join('×')} images, t10k ${other.shape.join('×')}.`, [
      'data',
      'source',
    ]);
  const largest = own.labels.reduce(
    (max, label) => Math.max(max, label),
    other?.labels.reduce((max, label) => Math.max(max, label), 0) ?? 0,
  );
  const classes = bundled ? FASHION_MNIST : Array.from({ length: largest + 1 }, (_, k) => String(k));
  return {
    classes,
    train: own,
    ...(other && { val: { images: other.images, labels: other.labels } }),
    passedOver: [],
    broken: [],
  };
}
