/** Finds the images and labels that `data.source` names, and reads them. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MapShape } from '../../domain/config.ts';
import { RunFailure } from '../failure.ts';
import { type IdxArray, readIdx } from './idx.ts';

/** Images and labels as they lie in the files. */
export interface RawSplit {
  /** [examples, height, width, channels], flat: bytes, or numbers that are taken as they are. */
  readonly images: Uint8Array | Float32Array;
  readonly labels: Uint16Array;
  readonly count: number;
}

export interface RawData {
  readonly shape: MapShape;
  readonly classes: readonly string[];
  readonly train: RawSplit;
  /** Absent where the source has none: part of train is taken instead. */
  readonly val?: RawSplit;
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
  return fileURLToPath(new URL(here.endsWith('.ts') ? '../../../data/fashion-mnist/' : '../data/fashion-mnist/', here));
}

async function filesOf(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch {
    throw new RunFailure(`data.source: there is no folder ${folder}.`, ['data', 'source']);
  }
}

async function readSplit(folder: string, files: readonly string[], split: 'train' | 't10k') {
  const find = (kind: string) => files.find((file) => file.startsWith(`${split}-${kind}-idx`));
  const [images, labels] = [find('images'), find('labels')];
  if (!images || !labels) return undefined;
  return {
    images: await readIdx(join(folder, images)),
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
}): RawSplit & { shape: MapShape } {
  const [count = 0, height = 0, width = 0, channels = 1] = images.shape;
  if (images.shape.length < 3 || images.shape.length > 4)
    throw new RunFailure(
      `${name}: images are [count, height, width] or [count, height, width, channels], not ${images.shape.length} axes.`,
    );
  if (labels.shape.length !== 1 || labels.shape[0] !== count)
    throw new RunFailure(`${name}: ${count} images, but labels of shape [${labels.shape.join(', ')}].`);
  if (count === 0 || height * width * channels === 0) throw new RunFailure(`${name} holds no images.`);
  const own = labels.data;
  const wrong = own.findIndex((label) => !Number.isInteger(label) || label < 0 || label > 65535);
  if (wrong >= 0)
    throw new RunFailure(
      `${name}: label ${own[wrong]} of image ${wrong} is not a class number (0, 1, 2, …, at most 65535).`,
    );
  return { shape: [height, width, channels], images: images.data, labels: Uint16Array.from(own), count };
}

/** Read the images of a source: `fashion-mnist`, or the absolute path of a folder of four IDX files. */
export async function readSource(source: string): Promise<RawData> {
  const bundled = source === 'fashion-mnist';
  const folder = bundled ? bundledFolder() : source;
  const files = await filesOf(folder);
  const train = await readSplit(folder, files, 'train');
  if (!train)
    throw new RunFailure(
      `data.source: ${folder} has no \`train-images-idx…\` and \`train-labels-idx…\`. This release reads IDX files; a folder of images a class is not in it yet.`,
      ['data', 'source'],
    );
  const val = await readSplit(folder, files, 't10k');
  const own = joinSplit(train);
  const other = val && joinSplit(val);
  if (other && String(other.shape) !== String(own.shape))
    throw new RunFailure(`data.source: train has ${own.shape.join('×')} images, t10k ${other.shape.join('×')}.`, [
      'data',
      'source',
    ]);
  const largest = own.labels.reduce(
    (max, label) => Math.max(max, label),
    other?.labels.reduce((max, label) => Math.max(max, label), 0) ?? 0,
  );
  const classes = bundled ? FASHION_MNIST : Array.from({ length: largest + 1 }, (_, k) => String(k));
  return { shape: own.shape, classes, train: own, ...(other && { val: other }) };
}
