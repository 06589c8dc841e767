import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  isWorthLess,
  lastRound,
  OVERFIT_STEPS,
  type OverfitOutcome,
  overfitOutcome,
  overfitVerdict,
} from '../../../server/domain/evaluation/overfit.ts';

const about = { batches: 2, batchSize: 32, guessing: Math.LN10 };

/** Follows a curve until it is decided; right examples follow from the loss unless they are given. */
function follow(
  lossOf: (step: number) => number,
  rightOf: (step: number) => number = (step) => (lossOf(step) < 0.5 ? 32 : 3),
): { outcome: OverfitOutcome; n: number; verdict: string } {
  const steps: { loss: number; right: number }[] = [];
  for (;;) {
    const step = steps.length + 1;
    assert.ok(step <= OVERFIT_STEPS, 'the budget ends it');
    steps.push({ loss: lossOf(step), right: rightOf(step) });
    const outcome = overfitOutcome(steps, about);
    if (outcome) return { outcome, n: step, verdict: overfitVerdict([{ rate: 0.01, steps, outcome }], about) };
  }
}

describe('learning two batches by heart', () => {
  it('is decided where both batches are known: all right, the mean loss below a tenth of guessing', () => {
    const { outcome, n, verdict } = follow((step) => 2.3 * 0.98 ** step);
    // 0.98 to the power of 113 is just below 0.102, to the power of 114 below 0.1; the mean of two steps needs a step more.
    assert.deepEqual([outcome, n], ['learns', 115]);
    assert.match(
      verdict,
      /^Learns two batches by heart in 115 steps \(loss 0\.2[23]\d, guessing gives 2\.30, all 64 images/,
    );
    const one = follow(
      (step) => 2.3 * 0.98 ** step,
      (step) => (step % 2 === 0 ? 32 : 31),
    );
    assert.notEqual(one.outcome, 'learns', 'one example is wrong for ever');
  });

  it('is not decided by one batch alone', () => {
    const { outcome } = follow((step) => (step % 2 === 0 ? 0 : 1.9));
    assert.equal(outcome, 'unfinished');
  });

  it('is hopeless where the loss stays that of guessing, soon', () => {
    const { outcome, n, verdict } = follow((step) => Math.LN10 + 0.02 * Math.sin(step));
    assert.equal(outcome, 'stuck');
    assert.ok(n <= OVERFIT_STEPS / 4, `${n} steps`);
    assert.match(verdict, /^Cannot learn two batches \(loss 2\.\d\d after \d+ steps, guessing gives 2\.30, 6 of 64 /);
    assert.match(verdict, /the fault is in the network, its initialisation or the learning rate, not in the labels\.$/);
  });

  it('is hopeless where a large first loss only shrinks towards guessing', () =>
    assert.equal(follow((step) => Math.LN10 + 100 * 0.9 ** step).outcome, 'stuck'));

  it('has diverged at the first loss that is no number', () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const { outcome, n, verdict } = follow((step) => (step < 7 ? 2.3 : bad));
      assert.deepEqual([outcome, n], ['diverged', 7]);
      assert.match(verdict, /the loss is not finite after 7 steps/);
    }
  });

  it('tells a loss that still falls from one that has stopped, and one that was lost again', () => {
    const falls = follow(
      (step) => 2.2 - step / 500,
      () => 20,
    );
    assert.equal(falls.outcome, 'slow');
    assert.match(falls.verdict, /^Has not learnt two batches .* still falls: .* rate may be too low/);
    const stopped = follow(
      (step) => Math.max(1, 2.3 - step / 50),
      () => 20,
    );
    assert.deepEqual([stopped.outcome, stopped.n], ['unfinished', OVERFIT_STEPS / 2]);
    assert.match(stopped.verdict, /^Does not learn two batches by heart \(loss 1\.00 .*, 40 of 64 images right\)/);
    assert.equal(follow((step) => (step < 120 ? 1 : Math.LN10)).outcome, 'stuck');
  });

  it('is tried at a lower rate where that may do better, and says what came of it', () => {
    assert.deepEqual((['learns', 'slow', 'diverged', 'stuck', 'unfinished'] as const).map(isWorthLess), [
      false,
      false,
      true,
      true,
      true,
    ]);
    const bad = { rate: 0.003, steps: Array(200).fill({ loss: 2.3, right: 3 }), outcome: 'stuck' } as const;
    const good = { rate: 0.00075, steps: Array(90).fill({ loss: 0.1, right: 32 }), outcome: 'learns' } as const;
    assert.match(
      overfitVerdict([bad, good], about),
      /^Learns two batches by heart in 90 steps at a learning rate of 0\.0008 .*At the file's rate of 0\.003 it does not \(loss 2\.30 after 200 steps\)/,
    );
    assert.match(overfitVerdict([bad, { ...bad, rate: 0.00075 }], about), / It can't at a rate of 0\.0008 either\.$/);
  });

  it('takes the last round over all batches', () =>
    assert.deepEqual(
      lastRound(
        [
          { loss: 9, right: 1 },
          { loss: 1, right: 30 },
          { loss: 3, right: 12 },
        ],
        about,
      ),
      { loss: 2, right: 42 },
    ));
});
