import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { Dataset } from '../../server/data/dataset.ts';
import type { DataConfig, MapShape } from '../../server/domain/config.ts';
import { imagesOf, numbersOf, openData, range, withNumbered } from '../support/data.ts';
import { type IdxSplit, withFolder, writeSplit } from '../support/idx.ts';
import { normals, uniforms } from '../support/random.ts';

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const deviation = (values: readonly number[]) => Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)));

describe('normalisation', () => {
  const shape: MapShape = [3, 2, 2];
  const [next, uniform] = [normals(3), uniforms(4)];
  const floats = (n: number): IdxSplit => ({
    type: 'float32',
    shape: [n, ...shape],
    // Two channels, last, of different mean and spread.
    images: Array.from({ length: n * 12 }, (_, i) => (i % 2 === 0 ? 5 + next() : -1 + 0.1 * next())),
    labels: range(n).map((i) => i % 3),
  });
  const bytes = (n: number): IdxSplit => ({
    shape: [n, ...shape],
    images: Array.from({ length: n * 12 }, () => Math.floor(uniform() * 256)),
    labels: range(n).map((i) => i % 3),
  });

  /** Raw values of the training and validation images, and the data set. */
  const withImages = (
    kind: DataConfig['normalize'],
    make: typeof floats,
    check: (raw: number[][], dataset: Dataset) => Promise<void>,
  ) =>
    withFolder(async (folder) => {
      const [train, val] = [make(20), make(6)];
      writeSplit(folder, 'train', train);
      writeSplit(folder, 't10k', val);
      const dataset = await openData(folder, { config: { normalize: kind }, input: shape });
      const scale = make === bytes ? 255 : 1;
      const cut = ({ images, labels }: IdxSplit) =>
        labels.map((_, i) => range(12, 12 * i).map((at) => (images[at] ?? Number.NaN) / scale));
      await check([...cut(train), ...cut(val)], dataset);
    });
  const assertImages = async (dataset: Dataset, expected: readonly (readonly number[])[]) => {
    const actual = [...(await imagesOf(dataset, 'train')), ...(await imagesOf(dataset, 'val'))];
    assert.equal(actual.length, expected.length);
    actual.flat().forEach((value, i) => {
      const wanted = expected.flat()[i] ?? Number.NaN;
      // Values are kept in single precision.
      assert.ok(Math.abs(value - wanted) < 2e-6 * (1 + Math.abs(wanted)), `${value}, not ${wanted}`);
    });
  };

  for (const [name, make] of [
    ['numbers', floats],
    ['bytes', bytes],
  ] as const) {
    it(`none: ${name} as they are, bytes from 0 to 1`, () =>
      withImages('none', make, (raw, dataset) => assertImages(dataset, raw)));

    it(`standardize: each channel has mean 0 and deviation 1 over training, ${name}`, () =>
      withImages('standardize', make, async (raw, dataset) => {
        const channel = (c: number) => raw.slice(0, 20).flatMap((image) => image.filter((_, j) => j % 2 === c));
        const [means, deviations] = [[0, 1].map((c) => mean(channel(c))), [0, 1].map((c) => deviation(channel(c)))];
        await assertImages(
          dataset,
          raw.map((image) => image.map((value, j) => (value - (means[j % 2] ?? 0)) / (deviations[j % 2] ?? 1))),
        );
      }));

    it(`per_pixel_mean: the mean image of training is subtracted, ${name}`, () =>
      withImages('per_pixel_mean', make, async (raw, dataset) => {
        const means = range(12).map((j) => mean(raw.slice(0, 20).map((image) => image[j] ?? Number.NaN)));
        await assertImages(
          dataset,
          raw.map((image) => image.map((value, j) => value - (means[j] ?? 0))),
        );
      }));
  }

  it('makes zeros, not NaN, of a channel that is the same everywhere', () =>
    withFolder(async (folder) => {
      writeSplit(folder, 'train', { shape: [4, 1, 2], images: new Uint8Array(8).fill(7), labels: [0, 1, 0, 1] });
      const dataset = await openData(folder, { config: { normalize: 'standardize' } });
      assert.deepEqual((await imagesOf(dataset, 'train')).flat(), new Array(2 * dataset.trainCount).fill(0));
    }));

  it('takes the statistics of the examples that are used, not of those left out', () =>
    withNumbered({ train: 30, val: 2 }, async (folder) => {
      const config = { limit: { train: 6 } };
      const numbers = await numbersOf(await openData(folder, { config }), 'train');
      const dataset = await openData(folder, { config: { ...config, normalize: 'per_pixel_mean' } });
      const first = (await imagesOf(dataset, 'train')).map(([value = Number.NaN]) => value);
      for (const [i, value] of first.entries()) assert.ok(Math.abs(value - ((numbers[i] ?? 0) - mean(numbers))) < 1e-5);
    }));
});

describe('the bundled Fashion-MNIST', () => {
  const folder = fileURLToPath(new URL('../../data/fashion-mnist/', import.meta.url));
  const rawBytes = (name: string, header: number) => gunzipSync(readFileSync(join(folder, name))).subarray(header);

  it('has ten named classes of 1,280 and 200 images, standardised', async () => {
    const dataset = await openData('fashion-mnist', { input: [28, 28, 1], config: { normalize: 'standardize' } });
    assert.deepEqual(dataset.shape, [28, 28, 1]);
    assert.deepEqual(
      [dataset.classes.length, dataset.classes[0], dataset.classes[9]],
      [10, 'T-shirt/top', 'Ankle boot'],
    );
    assert.deepEqual([dataset.trainCount, dataset.valCount], [12_800, 2000]);
    assert.deepEqual(dataset.classCounts, new Array(10).fill(1280));
    const pixels = rawBytes('train-images-idx3-ubyte.gz', 16);
    let sum = 0;
    for (const pixel of pixels) sum += pixel / 255;
    const average = sum / pixels.length;
    let squares = 0;
    for (const pixel of pixels) squares += (pixel / 255 - average) ** 2;
    const spread = Math.sqrt(squares / pixels.length);
    const val = rawBytes('t10k-images-idx3-ubyte.gz', 16);
    const labels = rawBytes('t10k-labels-idx1-ubyte.gz', 8);
    const batch = { images: new Float32Array(3 * 784), labels: new Int32Array(3) };
    assert.equal(await dataset.testBatch('val', 1997, batch), 3);
    for (const [i, value] of batch.images.entries())
      assert.ok(Math.abs(value - ((val[1997 * 784 + i] ?? 0) / 255 - average) / spread) < 1e-5);
    assert.deepEqual([...batch.labels], [...labels.subarray(1997)]);
  });
});
