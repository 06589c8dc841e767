/** From image files to what the network gets, against code written apart, and against the library's own cutting. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import sharp from 'sharp';
import type { Dataset } from '../../server/data/dataset.ts';
import { openDataset } from '../../server/data/open.ts';
import { resample, sampleView } from '../../server/data/resample.ts';
import { colorBasis, colorShift } from '../../server/domain/augmentation/color.ts';
import { drawColor, drawView } from '../../server/domain/augmentation/draws.ts';
import { centerView } from '../../server/domain/augmentation/view.ts';
import type { AugmentConfig, DataConfig, MapShape } from '../../server/domain/config.ts';
import { imagesOf, plain, range } from '../support/data.ts';
import { withFolder, writeSplit } from '../support/idx.ts';
import { noise, type Pictures, writeFolder } from '../support/image-folders.ts';
import { naiveView } from '../support/naive-images.ts';
import { uniforms } from '../support/random.ts';
import { got } from '../support/tensor.ts';

const SIDE = 12;
const crop = { height: SIDE, width: SIDE };
const augment: AugmentConfig = { resize: [14, 20], crop: SIDE, flip: true, color: 'pca' };
const BATCH = 7;
const STEPS = 6;

/** Single precision sums a few hundred numbers of 0 to 1, or of some units after normalisation. */
const ROUNDING = 2e-6;

function assertClose(actual: ArrayLike<number>, expected: ArrayLike<number>, within: number): void {
  assert.equal(actual.length, expected.length);
  for (let i = 0; i < actual.length; i++)
    assert.ok(
      Math.abs((actual[i] ?? Number.NaN) - (expected[i] ?? Number.NaN)) <= within,
      `${i}: ${actual[i]}, not ${expected[i]}`,
    );
}

describe('resizing', () => {
  const uniform = uniforms(3);
  const image = (height: number, width: number, channels: number) => ({
    height,
    width,
    channels,
    values: Float32Array.from({ length: height * width * channels }, () => 4 * uniform() - 2),
  });

  for (const [height, width, to] of [
    [7, 9, { height: 14, width: 18 }],
    [7, 9, { height: 11, width: 13 }],
    [19, 23, { height: 6, width: 7 }],
    [20, 8, { height: 9, width: 17 }],
    [5, 5, { height: 1, width: 1 }],
    [1, 3, { height: 2, width: 6 }],
  ] as const)
    it(`of ${height}×${width} to ${to.height}×${to.width} follows the definition`, () => {
      for (const channels of [1, 3]) {
        const from = image(height, width, channels);
        const view = { resized: to, top: 0, left: 0, flip: false };
        assertClose(resample(from, to), naiveView(from, { ...view, crop: to, channels }), ROUNDING);
      }
    });

  it('of a part is the part of the whole, mirrored if requested', () => {
    const from = image(13, 17, 3);
    const resized = { height: 20, width: 26 };
    const whole = resample(from, resized);
    for (const flip of [false, true])
      for (const [top, left] of [
        [0, 0],
        [8, 14],
        [3, 5],
      ] as const) {
        const to = new Float32Array(SIDE * SIDE * 3);
        sampleView(from, { resized, top, left, flip }, { ...crop, to });
        for (const [i, value] of to.entries()) {
          const [y, x, c] = [Math.floor(i / (SIDE * 3)), Math.floor(i / 3) % SIDE, i % 3];
          const column = left + (flip ? SIDE - 1 - x : x);
          assert.equal(value, whole[((top + y) * resized.width + column) * 3 + c]);
        }
      }
  });

  it('leaves cutting and mirroring alone to be what sharp makes of it', async () => {
    const { values } = noise(4, { height: 16, width: 21 });
    const own = { height: 16, width: 21, channels: 3, values };
    const raw = { raw: { width: 21, height: 16, channels: 3 } } as const;
    const expected = await sharp(values, raw)
      .extract({ left: 6, top: 3, width: SIDE, height: SIDE })
      .flop()
      .raw()
      .toBuffer();
    const to = new Float32Array(SIDE * SIDE * 3);
    sampleView(own, { resized: { height: 16, width: 21 }, top: 3, left: 6, flip: true }, { ...crop, to });
    assertClose(
      to,
      [...expected].map((value) => value / 255),
      1e-7,
    );
  });
});

const open = (folder: string, config: Partial<DataConfig>, workers = 2): Promise<Dataset> =>
  openDataset(
    { ...plain, augment, ...config, source: folder },
    { seed: 4, input: [SIDE, SIDE, 3], classes: 2, batchSize: BATCH, workers },
  );

/** All batches of some steps, and validation. */
async function everything(dataset: Dataset) {
  const steps = [];
  for (const step of range(STEPS, 1)) {
    const batch = { images: new Float32Array(BATCH * SIDE * SIDE * 3), labels: new Int32Array(BATCH) };
    await dataset.trainBatch(step, batch.images, batch.labels);
    steps.push(batch);
  }
  return { steps, val: await imagesOf(dataset, 'val'), statistics: dataset.statistics, saved: dataset.saved };
}

async function from<T>(dataset: Promise<Dataset>, use: (dataset: Dataset) => Promise<T>): Promise<T> {
  const opened = await dataset;
  try {
    return await use(opened);
  } finally {
    await opened.close();
  }
}

/** The views of testing, 0 to 1. */
const centers = (pictures: Pictures, split: string) =>
  [...pictures]
    .filter(([path]) => path.startsWith(split))
    .map(([, picture]) => {
      const scaled = { ...picture, values: [...picture.values].map((value) => value / 255) };
      // 17 is the middle of the range.
      const view = centerView(picture, { crop, shorterSide: 17 });
      return naiveView(scaled, { ...view, crop, channels: 3 });
    });

describe('the batches of a folder of images', () => {
  it('are the drawn views of the files, coloured and normalised, as independent code makes them', () =>
    withFolder(async (folder) => {
      const pictures = await writeFolder(folder);
      const list = [...pictures.entries()].filter(([path]) => path.startsWith('train'));
      const normalized = centers(pictures, 'train');
      const channel = (c: number) => normalized.flatMap((image) => image.filter((_, j) => j % 3 === c));
      const [r, g, b] = [channel(0), channel(1), channel(2)];
      const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
      const covariance = (one: readonly number[], other: readonly number[]) =>
        mean(one.map((value, i) => (value - mean(one)) * ((other[i] ?? 0) - mean(other))));
      const row = (one: readonly number[]) => [covariance(one, r), covariance(one, g), covariance(one, b)] as const;
      const basis = colorBasis([row(r), row(g), row(b)]);
      const means = [r, g, b].map(mean);
      const deviations = [r, g, b].map((values) => Math.sqrt(covariance(values, values)));

      await from(open(folder, { normalize: 'standardize', shuffle: false }), async (dataset) => {
        const { steps, val, saved } = await everything(dataset);
        const normalization = saved.preparation.normalization;
        assert.ok(normalization.kind === 'standardize');
        assertClose(normalization.mean, means, ROUNDING);
        assertClose(
          normalization.scale.map((scale) => 1 / scale),
          deviations,
          ROUNDING,
        );
        const found = got(saved.preparation.basis, 'basis');
        assertClose(found.values, basis.values, ROUNDING);
        const normal = (image: readonly number[]) =>
          image.map((value, j) => (value - (means[j % 3] ?? 0)) / (deviations[j % 3] ?? 1));
        for (const [s, { images, labels }] of steps.entries())
          for (const i of range(BATCH)) {
            const place = s * BATCH + i;
            const [path, picture] = got(list[place % list.length], 'picture');
            assert.equal(labels[i], path.startsWith('train/dog') ? 1 : 0);
            const view = drawView(picture, { seed: 4, place, augment, crop });
            const scaled = { ...picture, values: [...picture.values].map((value) => value / 255) };
            const shift = colorShift(found, drawColor({ seed: 4, place }));
            const colored = naiveView(scaled, { ...view, crop, channels: 3 }).map(
              (value, j) => value + (shift[j % 3] ?? 0),
            );
            const length = SIDE * SIDE * 3;
            // Deviations are some hundredths: rounding of 0 to 1 is larger by as much.
            assertClose(images.subarray(i * length, (i + 1) * length), normal(colored), 2e-5);
          }
        for (const [i, image] of centers(pictures, 'val').entries())
          assertClose(got(val[i], 'image'), normal(image), 2e-5);
      });
    }));

  it('have the mean image of the views of testing taken away, which is stretched for other sizes', () =>
    withFolder(async (folder) => {
      const pictures = await writeFolder(folder);
      const all = centers(pictures, 'train');
      const mean = range(SIDE * SIDE * 3).map((j) => all.reduce((sum, image) => sum + (image[j] ?? 0), 0) / all.length);
      await from(open(folder, { normalize: 'per_pixel_mean' }), async (dataset) => {
        const val = await imagesOf(dataset, 'val');
        for (const [i, image] of centers(pictures, 'val').entries())
          assertClose(
            got(val[i], 'image'),
            image.map((value, j) => value - (mean[j] ?? 0)),
            ROUNDING,
          );
        const pixels = new Float32Array(20 * 30 * 3);
        dataset.normalize(pixels, { height: 20, width: 30 });
        const resized = { height: 20, width: 30 };
        const stretched = naiveView(
          { ...crop, values: mean },
          { resized, top: 0, left: 0, flip: false, crop: resized, channels: 3 },
        );
        assertClose(
          pixels,
          stretched.map((value) => -value),
          ROUNDING,
        );
      });
    }));

  it('have whole test images beside them, whose centre is the view of testing', () =>
    withFolder(async (folder) => {
      const pictures = await writeFolder(folder);
      await from(open(folder, { normalize: 'none' }), async (dataset) => {
        const val = await imagesOf(dataset, 'val');
        for (const i of range(dataset.valCount)) {
          const { height, width, pixels } = await dataset.testImage('val', i);
          const own = { height, width, channels: 3, values: pixels };
          assert.equal(Math.min(height, width), 17);
          const to = new Float32Array(SIDE * SIDE * 3);
          sampleView(own, centerView(own, { crop }), { ...crop, to });
          assert.deepEqual([...to], val[i]);
          const picture = got(pictures.get(dataset.exampleName('val', i)), 'picture');
          const larger = await dataset.testImage('val', i, 40);
          assert.equal(Math.min(larger.height, larger.width), 40);
          const scaled = { ...picture, values: [...picture.values].map((value) => value / 255) };
          const view = { resized: larger, top: 0, left: 0, flip: false, crop: larger, channels: 3 };
          assertClose(larger.pixels, naiveView(scaled, view), ROUNDING);
        }
      });
    }));

  it('do not depend on the number of threads, on what is kept in memory, or on the order of requests', () =>
    withFolder(async (folder) => {
      await writeFolder(folder, { train: 12, val: 3 });
      const config: Partial<DataConfig> = { normalize: 'per_pixel_mean' };
      const expected = await from(open(folder, config, 1), everything);
      assert.deepEqual(await from(open(folder, config, 3), everything), expected);
      assert.deepEqual(await from(open(folder, { ...config, cacheBytes: 0 }, 3), everything), expected);
      // Room for some of them.
      assert.deepEqual(await from(open(folder, { ...config, cacheBytes: 16_000 }, 2), everything), expected);
      await from(open(folder, config, 3), async (dataset) => {
        for (const step of [5, 2, 6, 6, 1, 4]) {
          const images = new Float32Array(BATCH * SIDE * SIDE * 3);
          await dataset.trainBatch(step, images, new Int32Array(BATCH));
          assert.deepEqual(images, expected.steps[step - 1]?.images);
        }
      });
      assert.notDeepEqual(
        await from(open(folder, { ...config, augment: { ...augment, flip: false } }, 1), everything),
        expected,
      );
    }));
});

describe('IDX images', () => {
  it('are augmented by the same code, numbers that are no bytes too', () =>
    withFolder(async (folder) => {
      const uniform = uniforms(6);
      const shape: MapShape = [9, 11, 2];
      const length = 9 * 11 * 2;
      const images = Float32Array.from({ length: 6 * length }, () => 6 * uniform() - 3);
      writeSplit(folder, 'train', { type: 'float32', shape: [6, ...shape], images, labels: [0, 1, 0, 1, 0, 1] });
      writeSplit(folder, 't10k', {
        type: 'float32',
        shape: [1, ...shape],
        images: images.subarray(0, length),
        labels: [0],
      });
      const own: AugmentConfig = { resize: [8, 14], crop: 8, flip: true };
      const dataset = openDataset(
        { ...plain, augment: own, shuffle: false, source: folder },
        { seed: 4, input: [8, 8, 2], classes: 2, batchSize: 3, workers: 2 },
      );
      await from(dataset, async (opened) => {
        for (const step of range(4, 1)) {
          const batch = new Float32Array(3 * 8 * 8 * 2);
          await opened.trainBatch(step, batch, new Int32Array(3));
          for (const i of range(3)) {
            const place = 3 * (step - 1) + i;
            const image = {
              height: 9,
              width: 11,
              values: images.subarray((place % 6) * length, ((place % 6) + 1) * length),
            };
            const small = { height: 8, width: 8 };
            const view = drawView(image, { seed: 4, place, augment: own, crop: small });
            assertClose(
              batch.subarray(i * 128, (i + 1) * 128),
              naiveView(image, { ...view, crop: small, channels: 2 }),
              ROUNDING,
            );
          }
        }
      });
    }));
});
