import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Duration, Schedule, TrainConfig } from '../../../server/domain/config.ts';
import { learningRate } from '../../../server/domain/schedule/schedule.ts';
import { sgdOf } from '../../support/sgd.ts';

const STEPS_PER_EPOCH = 10;
const epochs = (value: number): Duration => ({ value, unit: 'epochs' });
const steps = (value: number): Duration => ({ value, unit: 'steps' });

/** The rates of the first n steps, for a rate of 0.5. */
function rates(schedule: Schedule, n: number, { stepsPerEpoch = STEPS_PER_EPOCH, drops = 0 } = {}): number[] {
  const train: TrainConfig = {
    batchSize: 8,
    length: epochs(100),
    learningRate: 0.5,
    schedule,
    ...sgdOf(0.9, 0),
  };
  return Array.from({ length: n }, (_, i) => learningRate(train, { step: i + 1, stepsPerEpoch, drops }));
}

const near = (actual: readonly number[], expected: readonly number[]) => {
  assert.equal(actual.length, expected.length);
  for (const [i, rate] of actual.entries())
    assert.ok(Math.abs(rate - (expected[i] ?? 0)) < 1e-15, `step ${i + 1}: ${rate}`);
};

describe('the learning rate', () => {
  it('is constant', () => near(rates({ kind: 'constant' }, 3), [0.5, 0.5, 0.5]));

  it('drops after the time that is given, by the factor, as often as times have passed', () => {
    near(rates({ kind: 'step', at: [steps(2), steps(4)], factor: 0.1 }, 6), [0.5, 0.5, 0.05, 0.05, 0.005, 0.005]);
  });

  it('drops with the first step of the next epoch', () => {
    const at = rates({ kind: 'step', at: [epochs(1)], factor: 0.1 }, 12);
    near(at.slice(8), [0.5, 0.5, 0.05, 0.05]);
    // At 3.2 steps an epoch, step 4 still takes examples of the first epoch.
    near(rates({ kind: 'step', at: [epochs(1)], factor: 0.1 }, 5, { stepsPerEpoch: 3.2 }), [0.5, 0.5, 0.5, 0.5, 0.05]);
  });

  it('takes times in any order', () => {
    const one = rates({ kind: 'step', at: [steps(4), steps(2)], factor: 0.5 }, 6);
    near(one, rates({ kind: 'step', at: [steps(2), steps(4)], factor: 0.5 }, 6));
  });

  it('warms up in a straight line, is whole at the last step of it, and continues with the next schedule', () => {
    near(
      rates({ kind: 'warmup', duration: steps(4), next: { kind: 'constant' } }, 6),
      [0.125, 0.25, 0.375, 0.5, 0.5, 0.5],
    );
    // Times count from the start of the run, not from the end of the warm-up.
    const next: Schedule = { kind: 'step', at: [steps(3)], factor: 0.1 };
    near(rates({ kind: 'warmup', duration: steps(2), next }, 4), [0.25, 0.5, 0.5, 0.05]);
  });

  it('is above 0 from the first step on', () => {
    assert.ok((rates({ kind: 'warmup', duration: epochs(5), next: { kind: 'constant' } }, 1)[0] ?? 0) > 0);
  });

  it('drops on a plateau as often as evaluations have said, after a warm-up, too', () => {
    const plateau: Schedule = { kind: 'plateau', factor: 0.1, patience: epochs(5) };
    near(rates(plateau, 2), [0.5, 0.5]);
    near(rates(plateau, 2, { drops: 2 }), [0.005, 0.005]);
    near(rates({ kind: 'warmup', duration: steps(2), next: plateau }, 3, { drops: 1 }), [0.25, 0.5, 0.05]);
  });
});
