import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type Level,
  learnsAtLast,
  levelOf,
  outcomeOf,
  type ProofSide,
  verdictOf,
} from '../../../server/domain/evaluation/proof.ts';
import { learningWindow } from '../../../server/domain/rules/history.ts';

const guess = Math.log(10);
const level = (loss: number, more: Partial<Level> = {}): Level => ({
  ...{ step: 100, steps: 20, loss, standardError: 0.01, top1: 50 },
  ...more,
});
const side = (name: string, loss: number, top1?: number): ProofSide => ({
  name,
  level: level(loss),
  ...(top1 !== undefined && { evaluated: { step: 100, top1, images: 2000 } }),
});

describe('a proof', () => {
  it('averages 640 examples or 20 steps', () => {
    assert.deepEqual([4, 32, 64, 512].map(learningWindow), [160, 20, 20, 20]);
    const found = levelOf([1, 2, 3, 6].map((loss, i) => ({ step: i + 5, loss, top1: 10 * i })));
    // By hand: mean 3, squares of the deviations 4 + 1 + 0 + 9 = 14, √(14 / 3 / 4).
    assert.deepEqual(found, { step: 8, steps: 4, loss: 3, standardError: Math.sqrt(14 / 12), top1: 15 });
    assert.equal(levelOf([{ step: 1, loss: 1, top1: 1 }]), undefined);
  });

  it('is decided early if the copy is lower by a tenth of guessing and four standard errors', () => {
    assert.equal(learnsAtLast(level(2.3), level(2.0), guess), true);
    assert.equal(learnsAtLast(level(2.3), level(2.1), guess), false);
    const noisy = { standardError: 0.06 };
    assert.equal(learnsAtLast(level(2.3, noisy), level(2.0, noisy), guess), false);
  });

  it('compares with guessing if the run has blown up', () => {
    for (const lost of [Number.NaN, Number.POSITIVE_INFINITY, 40]) {
      assert.equal(learnsAtLast(level(lost), level(2.25), guess), false);
      assert.equal(learnsAtLast(level(lost), level(1.9), guess), true);
    }
    assert.equal(learnsAtLast(level(2.3), level(Number.NaN), guess), false);
  });

  it('goes by the errors on validation if they differ significantly, else by the loss', () => {
    assert.equal(outcomeOf(side('a', 1, 30), side('b', 1, 20), guess), 'helps');
    assert.equal(outcomeOf(side('a', 1, 20), side('b', 1, 30), guess), 'hurts');
    // Two standard errors of the difference of two errors of 20 % over 2,000 images are 2.5 points.
    assert.equal(outcomeOf(side('a', 1, 21), side('b', 1, 20), guess), 'no difference');
    assert.equal(outcomeOf(side('a', 2, 90), side('b', 1, 90), guess), 'helps');
    assert.equal(outcomeOf(side('a', 1), side('b', 1.5), guess), 'hurts');
    assert.equal(outcomeOf(side('a', Number.NaN), side('b', 5), guess), 'helps');
    assert.equal(outcomeOf(side('a', Number.NaN), side('b', Number.NaN), guess), 'no difference');
  });

  it('gives the numbers of both, and when and why it was decided', () => {
    const [a, b] = [side('x', 2.298), side('x-fixed', 1.1)];
    assert.equal(
      verdictOf(a, b, { outcome: 'helps', guess, early: true }),
      'The fix helps: at step 100 the loss is 1.10 with it and 2.30 without (guessing gives 2.30), top-1 error on the batches 50.0 % against 50.0 %. Decided at step 100: x never learnt, x-fixed does.',
    );
    assert.match(
      verdictOf(side('x', Number.NaN, 90), side('x-fixed', 1.1, 20), { outcome: 'helps', guess, early: false }),
      /1\.10 with it and not finite without .* top-1 error 20\.0 % against 90\.0 %\. Decided at the end, step 100\.$/,
    );
    assert.match(
      verdictOf(side('x', 2.3), side('x-fixed', 2.3), { outcome: 'no difference', guess, early: false }),
      /^The fix makes no significant difference .* step 100\. To see whether .*, try “rectiscope overfit”\.$/,
    );
  });
});
