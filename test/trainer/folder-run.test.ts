/** A training from a folder of images, with all that is drawn for it, on both backends: killed, resumed, refused. */

import assert from 'node:assert/strict';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { backends } from '../support/engines.ts';
import { HANG_MS } from '../support/hang.ts';
import { withFolder } from '../support/idx.ts';
import { noise, writeFolder, writePicture, writeText } from '../support/image-folders.ts';
import { isStep, outcome } from '../support/tiny-run.ts';
import { TrainerStore } from '../support/trainer-store.ts';

const STEPS = 24;
const text = JSON.stringify({
  version: 1,
  seed: 5,
  data: {
    source: 'images',
    normalize: 'per_pixel_mean',
    bad_files: 'skip',
    augment: { resize: [14, 20], crop: 12, flip: true, color: 'pca' },
  },
  network: {
    input: [12, 12, 3],
    layers: [{ conv: { filters: 4, kernel: 3, stride: 2 } }, 'global_average_pool', { dense: { units: 2 } }],
  },
  train: { batch_size: 8, steps: STEPS, learning_rate: 0.05 },
  evaluate: { every: '6 steps' },
  diagnose: { stop_on: [] },
});

/** A run of a folder with one bad file; `change` is made to the folder before. */
const withRun = <T>(use: (store: TrainerStore, images: string) => Promise<T>) =>
  withFolder(async (folder) => {
    await writeFolder(join(folder, 'images'), { train: 8, val: 4 });
    writeText(join(folder, 'images/train/dog/bad.jpg'), 'no image');
    mkdirSync(join(folder, 'checkpoints'));
    const file = join(folder, 'a.rectiscope.yaml');
    return use(new TrainerStore({ file, text, folder: join(folder, 'checkpoints') }), join(folder, 'images'));
  });

for (const { backend, skip } of backends)
  describe(`a run from a folder of images on ${backend}`, () => {
    it('learns, and is the same after kills', { skip, timeout: HANG_MS }, async () => {
      const expected = await withRun(async (store) => {
        const { end, failed } = await store.live({ backend });
        assert.equal(failed, undefined);
        assert.equal(end?.state, 'finished');
        assert.match(
          store.of('notice')[0]?.message ?? '',
          /^1 of 25 image files can't be used and is left out: train\/dog\/bad\.jpg/,
        );
        for (const { data_ms: ms = -1, step_ms: all } of store.of('step')) assert.ok(ms >= 0 && ms <= all);
        // Cats are dark and dogs are light.
        assert.equal(store.of('evaluation').at(-1)?.top1, 0);
        return outcome(store);
      });
      await withRun(async (store) => {
        for (const step of [3, 9, 14])
          assert.ok((await store.live({ backend, kill: (message) => isStep(message, step) })).killed);
        assert.equal((await store.live({ backend })).end?.state, 'finished');
        assert.deepEqual(outcome(store), expected);
      });
    });
  });

describe('a run whose images have changed', () => {
  it('does not continue', () =>
    withRun(async (store, images) => {
      assert.ok((await store.live({ kill: (message) => isStep(message, 9) })).killed);
      await writePicture(join(images, 'val/cat/1.webp'), noise(77, { height: 20, width: 20 }));
      await writePicture(join(images, 'val/cat/new.png'), noise(78, { height: 20, width: 20 }));
      rmSync(join(images, 'train/dog/2.png'));
      const { failed } = await store.live();
      assert.match(
        failed?.message ?? '',
        /changed since this run was saved \(train\/dog\/2\.png is missing, val\/cat\/1\.webp has changed, val\/cat\/new\.png is new\)/,
      );
    }));
});
