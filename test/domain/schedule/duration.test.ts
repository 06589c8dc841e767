import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Duration } from '../../../server/domain/config.ts';
import { isDue, isProbed, toSteps } from '../../../server/domain/schedule/duration.ts';

const epochs = (value: number): Duration => ({ value, unit: 'epochs' });
const steps = (value: number): Duration => ({ value, unit: 'steps' });

/** Of the first n steps, those at which something is due. */
const due = (every: Duration, n: number, stepsPerEpoch: number) =>
  Array.from({ length: n }, (_, i) => i + 1).filter((step) => isDue(every, step, stepsPerEpoch));

describe('a duration in steps', () => {
  for (const [duration, stepsPerEpoch, expected] of [
    [steps(7), 3.5, 7],
    [epochs(1), 200, 200],
    [epochs(10), 187.5, 1875],
    // An epoch is over at the step that takes its last example.
    [epochs(1), 3.2, 4],
    [epochs(5), 3.2, 16],
    [epochs(0.5), 3.2, 2],
    [epochs(0.01), 3.2, 1],
    // 0.1 and 0.7 are not exact: 0.7·10 = 7.000000000000001 in doubles is still seven steps.
    [epochs(0.7), 10, 7],
    [epochs(0.1 * 3), 10, 3],
  ] as const)
    it(`${duration.value} ${duration.unit} at ${stepsPerEpoch} steps an epoch: ${expected}`, () =>
      assert.equal(toSteps(duration, stepsPerEpoch), expected));
});

describe('something done every so often', () => {
  it('is due at every multiple', () => {
    assert.deepEqual(due(steps(3), 10, 100), [3, 6, 9]);
    assert.deepEqual(due(steps(1), 4, 100), [1, 2, 3, 4]);
    assert.deepEqual(due(epochs(1), 12, 4), [4, 8, 12]);
    assert.deepEqual(due(epochs(0.5), 8, 4), [2, 4, 6, 8]);
  });

  it('is due at the step in which a fractional epoch ends', () => {
    // Epochs end after 3.2, 6.4, 9.6, 12.8 and 16 steps.
    assert.deepEqual(due(epochs(1), 17, 3.2), [4, 7, 10, 13, 16]);
  });

  it('is due at every step if it is shorter than one', () => assert.deepEqual(due(epochs(0.1), 4, 3), [1, 2, 3, 4]));

  it('is due as often as epochs end, at any length, and at the end of a run of whole epochs', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 10, max: 5000 }),
        fc.integer({ min: 1, max: 64 }),
        fc.integer({ min: 1, max: 5 }),
        (examples, batch, wanted) => {
          fc.pre(batch <= examples);
          const stepsPerEpoch = examples / batch;
          const last = toSteps(epochs(wanted), stepsPerEpoch);
          const ends = due(epochs(1), last, stepsPerEpoch);
          assert.equal(ends.length, wanted);
          assert.equal(ends.at(-1), last);
          // The step that is due is the one that takes the epoch's last example.
          ends.forEach((step, i) => {
            assert.equal(step, Math.ceil((examples * (i + 1)) / batch));
          });
        },
      ),
      { seed: 9, numRuns: 300 },
    );
  });
});

describe('a probe', () => {
  it('is taken at steps 1, 2 and 5 and then as often as configured', () => {
    const probed = (every: Duration) =>
      Array.from({ length: 20 }, (_, i) => i + 1).filter((step) => isProbed(every, step, 100));
    assert.deepEqual(probed(steps(10)), [1, 2, 5, 10, 20]);
    assert.deepEqual(probed(steps(1000)), [1, 2, 5]);
    assert.deepEqual(probed(epochs(0.07)), [1, 2, 5, 7, 14]);
  });
});
