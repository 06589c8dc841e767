/** Which examples a step and an evaluation get. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { numbersOf, openData, range, sorted, trained, withNumbered } from '../support/data.ts';

describe('the order of training', () => {
  it('takes every example once an epoch, across the borders of batches, each epoch in another order', () =>
    withNumbered({ train: 10, val: 1 }, async (folder) => {
      const dataset = await openData(folder);
      // 15 steps of 4 are 6 epochs of 10.
      const numbers = (await trained(dataset, 4, 15)).flat();
      const epochs = range(6).map((epoch) => numbers.slice(10 * epoch, 10 * (epoch + 1)));
      for (const epoch of epochs) assert.deepEqual(sorted(epoch), range(10));
      assert.equal(new Set(epochs.map(String)).size, 6);
      assert.ok(epochs.every((epoch) => String(epoch) !== String(range(10))));
    }));

  it('is a function of the seed and the step alone: a step can be requested in any order, again, by another process', () =>
    withNumbered({ train: 10, val: 1 }, async (folder) => {
      const steps = await trained(await openData(folder), 4, 15);
      const other = await openData(folder);
      const images = new Float32Array(8);
      for (const step of [15, 3, 8, 3, 1]) {
        await other.trainBatch(step, images, new Int32Array(4));
        assert.deepEqual(
          [0, 2, 4, 6].map((at) => images[at]),
          steps[step - 1],
        );
      }
      assert.notDeepEqual(await trained(await openData(folder, { seed: 2 }), 4, 15), steps);
    }));

  it('is that of the files if nothing is shuffled', () =>
    withNumbered({ train: 5, val: 1 }, async (folder) => {
      assert.deepEqual(
        (await trained(await openData(folder, { config: { shuffle: false } }), 2, 5)).flat(),
        [0, 1, 2, 3, 4, 0, 1, 2, 3, 4],
      );
    }));

  it('goes through a set smaller than two batches more than once a step, if it must', () =>
    withNumbered({ train: 3, val: 1 }, async (folder) => {
      const [first = [], second = []] = await trained(await openData(folder, { batchSize: 3 }), 3, 2);
      assert.deepEqual([sorted(first), sorted(second)], [range(3), range(3)]);
    }));
});

describe('the splits', () => {
  it('are those of the source if it has two', () =>
    withNumbered({ train: 8, val: 5 }, async (folder) => {
      const dataset = await openData(folder);
      assert.deepEqual([dataset.trainCount, dataset.valCount], [8, 5]);
      assert.deepEqual(await numbersOf(dataset, 'train'), range(8));
      assert.deepEqual(await numbersOf(dataset, 'val'), range(5, 100));
      assert.deepEqual(dataset.classCounts, [3, 3, 2]);
    }));

  it('share the training examples out by the seed if there is one', () =>
    withNumbered({ train: 40 }, async (folder) => {
      const dataset = await openData(folder, { config: { validation: 0.25 } });
      const [train, val] = [await numbersOf(dataset, 'train'), await numbersOf(dataset, 'val')];
      assert.deepEqual([train.length, val.length], [30, 10]);
      assert.deepEqual(sorted([...train, ...val]), range(40));
      assert.notDeepEqual(val, range(10));
      assert.deepEqual(await numbersOf(await openData(folder, { config: { validation: 0.25 } }), 'val'), val);
      assert.notDeepEqual(await numbersOf(await openData(folder, { seed: 2 }), 'val'), val);
      // Training sees none of validation, in any epoch.
      assert.deepEqual(sorted((await trained(dataset, 30, 1)).flat()), sorted(train));
    }));

  it('are limited to some examples, chosen by the seed', () =>
    withNumbered({ train: 40, val: 20 }, async (folder) => {
      const config = { limit: { train: 12, val: 7 } };
      const dataset = await openData(folder, { config });
      const [train, val] = [await numbersOf(dataset, 'train'), await numbersOf(dataset, 'val')];
      assert.deepEqual([dataset.trainCount, dataset.valCount], [12, 7]);
      assert.equal(new Set(train).size, 12);
      assert.ok(train.every((number) => number < 40) && val.every((number) => number >= 100 && number < 120));
      assert.notDeepEqual(sorted(train), range(12));
      assert.deepEqual(await numbersOf(await openData(folder, { config }), 'train'), train);
      assert.notDeepEqual(await numbersOf(await openData(folder, { config, seed: 2 }), 'train'), train);
      const epoch = (await trained(dataset, 4, 3)).flat();
      assert.deepEqual(sorted(epoch), sorted(train));
      assert.equal(
        dataset.classCounts.reduce((sum, n) => sum + n, 0),
        12,
      );
    }));

  it('are whole if the limit is larger, and limited after the split', () =>
    withNumbered({ train: 20 }, async (folder) => {
      const whole = await openData(folder, { config: { limit: { train: 1000, val: 1000 } } });
      assert.deepEqual([whole.trainCount, whole.valCount], [15, 5]);
      const limited = await openData(folder, { config: { limit: { train: 4, val: 2 } } });
      assert.deepEqual([limited.trainCount, limited.valCount], [4, 2]);
      assert.equal(new Set([...(await numbersOf(limited, 'train')), ...(await numbersOf(limited, 'val'))]).size, 6);
    }));

  it('give their last examples as a batch that is not full', () =>
    withNumbered({ train: 5, val: 3 }, async (folder) => {
      const dataset = await openData(folder);
      const batch = { images: new Float32Array(4), labels: new Int32Array(2) };
      assert.equal(await dataset.testBatch('val', 0, batch), 2);
      assert.equal(await dataset.testBatch('val', 2, batch), 1);
      assert.equal(batch.images[0], 102);
      assert.equal(batch.labels[0], 0);
    }));
});
