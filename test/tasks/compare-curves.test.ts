/** Curves that are compared: at common steps only, losses as means. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { commonCurves } from '../../server/tasks/compare-curves.ts';
import { fallingRun, longRun, shortRun } from '../support/falling-runs.ts';

const near = (values: readonly unknown[] | undefined, expected: readonly number[]) => {
  assert.equal(values?.length, expected.length);
  for (const [i, value] of expected.entries()) assert.ok(Math.abs(Number(values?.[i]) - value) < 1e-12, `${values}`);
};

describe('the curves of two runs', () => {
  const curves = commonCurves([longRun, shortRun]);

  it('end with the shorter run; a point of the loss is the mean of the steps up to it', () => {
    assert.deepEqual(curves.loss.step, [10, 20, 30, 40, 50, 60, 70, 80]);
    assert.equal(curves.loss.window, 10);
    // The mean of steps s − 9 … s is the loss at s − 4.5.
    near(
      curves.loss.values[0],
      curves.loss.step.map((at) => 3 - 0.01 * (at - 4.5)),
    );
    near(
      curves.loss.values[1],
      curves.loss.step.map((at) => 2 - 0.01 * (at - 4.5)),
    );
    assert.deepEqual(curves.top1, {
      step: [40, 80],
      values: [
        [50, 40],
        [45, 44],
      ],
    });
  });

  it('are none if one has not trained', () => {
    const none = fallingRun(0, { from: 1, top1: [] });
    const { loss, top1 } = commonCurves([longRun, none]);
    assert.deepEqual([loss.step, top1.step], [[], []]);
  });
});
