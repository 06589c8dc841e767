import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { expectedFirstLoss } from '../../../server/domain/propagation/first-loss.ts';
import { RandomStream } from '../../../server/domain/random/stream.ts';

/** Mean of ln Σ exp z over draws, and its standard error. */
function drawn(std: number, classes: number, draws: number): { mean: number; error: number } {
  const random = new RandomStream({ seed: 1, purpose: 'order', name: 'first loss' });
  const losses = Array.from({ length: draws }, () => {
    let sum = 0;
    for (let k = 0; k < classes; k++) sum += Math.exp(std * random.gaussian());
    return Math.log(sum);
  });
  const mean = losses.reduce((a, b) => a + b) / draws;
  const variance = losses.reduce((total, loss) => total + (loss - mean) ** 2, 0) / (draws - 1);
  return { mean, error: Math.sqrt(variance / draws) };
}

describe('the expected first loss', () => {
  for (const [std, classes] of [
    [0.5, 2],
    [1, 10],
    [3, 10],
    [8, 10],
    [4.1, 1000],
  ] as const)
    it(`of ${classes} logits of deviation ${std} is what drawing them gives`, () => {
      const { mean, error } = drawn(std, classes, 2000);
      // Four standard errors of the mean, and the rule's own 0.02 nats.
      assert.ok(Math.abs(expectedFirstLoss(std, classes) - mean) < 4 * error + 0.02, `drawn: ${mean} ± ${error}`);
    });

  it('is that of guessing if all logits are equal', () => {
    assert.ok(Math.abs(expectedFirstLoss(0, 10) - Math.log(10)) < 1e-3);
  });

  it('grows in proportion to large logits, and is NaN if they are NaN', () => {
    assert.ok(Math.abs(expectedFirstLoss(300, 10) / expectedFirstLoss(30, 10) - 10) < 1e-9);
    assert.equal(expectedFirstLoss(Number.POSITIVE_INFINITY, 10), Number.POSITIVE_INFINITY);
    assert.ok(Number.isNaN(expectedFirstLoss(Number.NaN, 10)));
  });
});
