/** Small data sets for tests, whose examples are numbered, and what a data set makes of them. */
import assert from 'node:assert/strict';
import type { Dataset } from '../../server/data/dataset.ts';
import { openDataset } from '../../server/data/open.ts';
import type { DataConfig, MapShape } from '../../server/domain/config.ts';
import { type IdxSplit, withFolder, writeSplit } from './idx.ts';
import { count } from './tensor.ts';

/** A data section that changes nothing. */
export const plain: DataConfig = {
  source: '',
  limit: {},
  validation: 0.25,
  normalize: 'none',
  shuffle: true,
  augment: { flip: false },
  maxPixels: 1e6,
  badFiles: 'refuse',
  cacheBytes: 2 ** 24,
};

/** What differs from that, and what the data is opened for. */
export interface DataOptions {
  readonly config?: Partial<DataConfig>;
  readonly seed?: number;
  readonly input?: MapShape;
  readonly classes?: number;
  readonly batchSize?: number;
}

/** Open a folder of images of 1×2×1. */
export const openData = (
  source: string,
  { config, seed = 1, input = [1, 2, 1], classes = 10, batchSize = 1 }: DataOptions = {},
) => openDataset({ ...plain, ...config, source }, { seed, input, classes, batchSize });

/** Images of two pixels, the first of which is the example's number; label = number mod 3. */
export const numbered = (n: number, first = 0): IdxSplit => ({
  type: 'float32',
  shape: [n, 1, 2],
  images: Array.from({ length: 2 * n }, (_, i) => (i % 2 === 0 ? first + i / 2 : -1)),
  labels: Array.from({ length: n }, (_, i) => (first + i) % 3),
});

/** A folder with numbered examples, 100 + i in `t10k` if there is one. */
export const withNumbered = <T>({ train, val }: { train: number; val?: number }, use: (folder: string) => Promise<T>) =>
  withFolder((folder) => {
    writeSplit(folder, 'train', numbered(train));
    if (val !== undefined) writeSplit(folder, 't10k', numbered(val, 100));
    return use(folder);
  });

/** The numbers of the examples of some steps, and a check that labels go with them. */
export async function trained(dataset: Dataset, batch: number, steps: number): Promise<number[][]> {
  const length = count(dataset.shape);
  const numbers: number[][] = [];
  for (let step = 1; step <= steps; step++) {
    const images = new Float32Array(batch * length);
    const labels = new Int32Array(batch);
    await dataset.trainBatch(step, images, labels);
    numbers.push(
      [...labels].map((label, j) => {
        const number = images[j * length] ?? Number.NaN;
        assert.equal(label, number % 3);
        return number;
      }),
    );
  }
  return numbers;
}

/** The numbers of a split in its own order. */
export async function numbersOf(dataset: Dataset, split: 'train' | 'val'): Promise<number[]> {
  const total = split === 'train' ? dataset.trainCount : dataset.valCount;
  const images = new Float32Array(2 * total);
  assert.equal(await dataset.testBatch(split, 0, { images, labels: new Int32Array(total) }), total);
  return Array.from({ length: total }, (_, i) => images[2 * i] ?? Number.NaN);
}

export const sorted = (values: readonly number[]) => values.toSorted((a, b) => a - b);
/** n integers from `first` on. */
export const range = (n: number, first = 0) => Array.from({ length: n }, (_, i) => first + i);

/** All images of a split as the network gets them, [example][position]. */
export async function imagesOf(dataset: Dataset, split: 'train' | 'val'): Promise<number[][]> {
  const length = count(dataset.shape);
  const total = split === 'train' ? dataset.trainCount : dataset.valCount;
  const images = new Float32Array(total * length);
  await dataset.testBatch(split, 0, { images, labels: new Int32Array(total) });
  return range(total).map((i) => [...images.subarray(i * length, (i + 1) * length)]);
}
