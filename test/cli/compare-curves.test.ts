/** What `compare` says of curves: at common steps only, losses as means, the difference of two. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { commonCurves, curvesText } from '../../server/cli/compare-curves.ts';
import type { RunSnapshot } from '../../server/protocol/requests.ts';
import { pack } from '../../server/protocol/scalar.ts';

/** A run whose loss falls from `from` by 0.01 a step, evaluated at some steps. */
const runOf = (steps: number, { from, top1 }: { from: number; top1: readonly (readonly [number, number])[] }) => {
  const step = Float64Array.from({ length: steps }, (_, i) => i + 1);
  return {
    steps: { step: pack(step), loss: pack(step.map((at) => from - 0.01 * at)) },
    evaluations: top1.map(([at, value]) => ({ step: at, top1: value })),
  } as unknown as RunSnapshot;
};

const near = (values: readonly unknown[] | undefined, expected: readonly number[]) => {
  assert.equal(values?.length, expected.length);
  for (const [i, value] of expected.entries()) assert.ok(Math.abs(Number(values?.[i]) - value) < 1e-12, `${values}`);
};

describe('the curves of two runs', () => {
  const long = runOf(200, {
    from: 3,
    top1: [
      [40, 50],
      [80, 40],
      [120, 30],
    ],
  });
  const short = runOf(80, {
    from: 2,
    top1: [
      [20, 60],
      [40, 45],
      [80, 44],
    ],
  });
  const curves = commonCurves([long, short]);

  it('end where the shorter one does; a point of the loss is the mean of the steps up to it', () => {
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

  it('are told with their difference', () => {
    const lines = curvesText(curves, ['long', 'short']).split('\n');
    assert.match(lines[0] ?? '', /long +short +difference$/);
    assert.match(lines.find((line) => line.startsWith('top-1 error, step 40')) ?? '', /50\.0 % +45\.0 % +−5\.0 %$/);
    assert.match(lines.find((line) => line.startsWith('top-1 error, step 80')) ?? '', /40\.0 % +44\.0 % +\+4\.0 %$/);
    assert.match(lines.find((line) => line.startsWith('loss, mean of 10, step 10')) ?? '', /2\.9\d +1\.9\d +−1\.00$/);
  });

  it('are none where one has not trained; of three there is no difference', () => {
    const none = runOf(0, { from: 1, top1: [] });
    assert.equal(curvesText(commonCurves([long, none]), ['long', 'none']), '');
    assert.ok(!curvesText(commonCurves([long, short, short]), ['a', 'b', 'c']).includes('difference'));
  });
});
