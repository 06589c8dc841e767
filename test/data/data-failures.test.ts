/** Which data is refused, with which messages; and how data sets are distinguished. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Dataset } from '../../server/data/dataset.ts';
import { RunFailure } from '../../server/run-file/run-failure.ts';
import { type DataOptions, numbered, openData, range } from '../support/data.ts';
import { idxBytes, withFolder, writeSplit } from '../support/idx.ts';

describe('the hash of the data', () => {
  it('covers images and labels: one changed pixel, label or shape changes it', async () => {
    const hashOf = (
      change: (split: { images: number[]; labels: number[]; shape: number[] }) => void,
      options: DataOptions = {},
    ) =>
      withFolder(async (folder) => {
        const split = { shape: [4, 1, 2], images: range(8), labels: [0, 1, 2, 0] };
        change(split);
        writeSplit(folder, 'train', split);
        writeSplit(folder, 't10k', { shape: [1, ...split.shape.slice(1)], images: [1, 2], labels: [0] });
        return (await openData(folder, options)).hash;
      });
    const own = await hashOf(() => {});
    assert.equal(await hashOf(() => {}, { seed: 9, config: { limit: { train: 2 } } }), own);
    const others = [
      await hashOf(({ images }) => images.splice(3, 1, 99)),
      await hashOf(({ labels }) => labels.splice(1, 1, 0)),
      await hashOf(({ images }) => images.reverse()),
      await hashOf(({ shape }) => shape.splice(0, 3, 4, 2, 1), { input: [2, 1, 1] }),
    ];
    assert.equal(new Set([own, ...others]).size, 5);
  });
});

describe('data that does not fit', () => {
  /** The message, and the place in the run file. */
  const failure = async (open: Promise<Dataset>): Promise<readonly [string, string | undefined]> => {
    try {
      await open;
    } catch (error) {
      assert.ok(error instanceof RunFailure, String(error));
      return [error.message, error.source?.join('.')];
    }
    throw new Error('it was taken');
  };
  const inFolder = (fill: (folder: string) => void, options: DataOptions = {}) =>
    withFolder((folder) => {
      fill(folder);
      return failure(openData(folder, options));
    });
  const full = (folder: string) => {
    writeSplit(folder, 'train', numbered(8));
    writeSplit(folder, 't10k', numbered(2));
  };

  it('says what to write if the input differs', async () => {
    const [message, place] = await inFolder(full, { input: [28, 28, 1] });
    assert.match(message, /network\.input is \[28, 28, 1\], but the images are 1×2×1: write `input: \[1, 2, 1\]`/);
    assert.equal(place, 'network.input');
  });

  it('says how many units the last layer needs', async () => {
    assert.match(
      (await inFolder(full, { classes: 2 }))[0],
      /3 classes, the network 2 logits: give the last layer 3 units/,
    );
  });

  it('says that a batch is larger than the training set', async () => {
    const [message, place] = await inFolder(full, { batchSize: 9 });
    assert.match(message, /batch_size is 9, but there are 8 training examples/);
    assert.equal(place, 'train.batch_size');
  });

  it('says that nothing is left for validation', async () => {
    const [message, place] = await inFolder((folder) => writeSplit(folder, 'train', numbered(8)), {
      config: { validation: 0 },
    });
    assert.match(message, /no validation examples: .*`data.validation`/);
    assert.equal(place, 'data');
  });

  it('says that there is no folder, or nothing in it', async () => {
    const [message, place] = await failure(openData('/nowhere/at/all'));
    assert.match(message, /the folder \/nowhere\/at\/all does not exist/);
    assert.equal(place, 'data.source');
    assert.match(
      (await inFolder((folder) => writeFileSync(join(folder, 'a.png'), '')))[0],
      /neither a folder `train` .* nor the IDX files `train-images-idx…`/,
    );
  });

  it('names the file whose labels, shape or values are impossible', async () => {
    const labels = (bytes: Buffer) => (folder: string) => {
      full(folder);
      writeFileSync(join(folder, 'train-labels-idx1-ubyte'), bytes);
    };
    assert.match(
      (await inFolder(labels(idxBytes('uint8', [7], range(7)))))[0],
      /train-images-idx3-ubyte: 8 images, but labels of shape \[7\]/,
    );
    assert.match((await inFolder(labels(idxBytes('uint8', [8, 1], range(8)))))[0], /labels of shape \[8, 1\]/);
    assert.match(
      (await inFolder(labels(idxBytes('float32', [8], [0, 1, 0.5, 0, 0, 0, 0, 0]))))[0],
      /image 2 has label 0\.5, which is no class number/,
    );
    assert.match(
      (await inFolder(labels(idxBytes('int8', [8], [0, -1, 0, 0, 0, 0, 0, 0]))))[0],
      /image 1 has label -1,/,
    );
    assert.match(
      (await inFolder(labels(idxBytes('int32', [8], [0, 70_000, 0, 0, 0, 0, 0, 0]))))[0],
      /image 1 has label 70000,/,
    );
    assert.match(
      (
        await inFolder((folder) => writeSplit(folder, 'train', { shape: [8, 2], images: range(16), labels: range(8) }))
      )[0],
      /not 2 axes/,
    );
    assert.match(
      (await inFolder((folder) => writeSplit(folder, 'train', { shape: [0, 1, 2], images: [], labels: [] })))[0],
      /contains no images/,
    );
    assert.match(
      (
        await inFolder((folder) => {
          full(folder);
          writeSplit(folder, 't10k', { shape: [2, 2, 2], images: range(8), labels: [0, 1] });
        })
      )[0],
      /train has 1×2×1 images, t10k 2×2×1/,
    );
  });
});
