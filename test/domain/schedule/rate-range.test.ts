import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  isSweepOver,
  RATE_SWEEP,
  type RatePoint,
  SmoothedLoss,
  suggestRate,
  sweptRate,
} from '../../../server/domain/schedule/rate-range.ts';

const pointsOf = (losses: readonly number[]): RatePoint[] => {
  const smoothed = new SmoothedLoss();
  return losses.map((loss, i) => ({ rate: sweptRate(RATE_SWEEP, i), loss, smoothed: smoothed.add(loss) }));
};

describe('the learning-rate range test', () => {
  it('goes from the first rate to the last by one factor', () => {
    assert.equal(sweptRate(RATE_SWEEP, 0), RATE_SWEEP.from);
    // Powers of a hundred in double precision.
    assert.ok(Math.abs(sweptRate(RATE_SWEEP, RATE_SWEEP.steps - 1) / RATE_SWEEP.to - 1) < 1e-12);
    const ratio = sweptRate(RATE_SWEEP, 1) / sweptRate(RATE_SWEEP, 0);
    assert.ok(Math.abs(sweptRate(RATE_SWEEP, 50) / sweptRate(RATE_SWEEP, 49) - ratio) < 1e-12);
  });

  it('smooths by weights that fall by a fifth a step and add up to one', () => {
    const losses = [3, 1, 2, 7];
    const weights = losses.map((_, i) => 0.8 ** (losses.length - 1 - i));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const expected = losses.reduce((sum, loss, i) => sum + (loss * (weights[i] ?? 0)) / total, 0);
    const got = pointsOf(losses).at(-1)?.smoothed ?? Number.NaN;
    assert.ok(Math.abs(got - expected) < 1e-12, `${got}, not ${expected}`);
  });

  it('ends where the loss explodes or is NaN, and not before', () => {
    assert.equal(isSweepOver([]), false);
    assert.equal(isSweepOver(pointsOf([2, 2, 2, 2])), false);
    assert.equal(isSweepOver(pointsOf([2, 1, 30])), true);
    assert.equal(isSweepOver(pointsOf([2, Number.NaN])), true);
    assert.equal(isSweepOver(pointsOf([2, Number.POSITIVE_INFINITY])), true);
  });

  it('suggests a third of the rate at the least loss', () => {
    const losses = Array.from({ length: 100 }, (_, i) => 2.3 - (i <= 60 ? i / 60 : 1 - (i - 60) / 40));
    const points = pointsOf(losses);
    const { rate = 0 } = suggestRate(points, Math.log(10));
    const least = points.reduce((a, b) => (b.smoothed < a.smoothed ? b : a)).rate;
    assert.equal(rate, Number((least / 3).toPrecision(1)));
  });

  it('says that no rate helps where the loss stays that of guessing, is never a number, or only shrinks towards guessing', () => {
    for (const losses of [
      Array(100).fill(Math.LN10),
      [Number.NaN],
      Array.from({ length: 100 }, (_, i) => 2.31 + 150 * 0.8 ** i),
    ]) {
      const { rate, reason } = suggestRate(pointsOf(losses), Math.log(10));
      assert.equal(rate, undefined);
      assert.match(reason, /^No rate helps: /);
    }
  });
});
