/** Small statistics against their definitions, and the gradient per weight. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gradientPerWeight } from '../../../server/domain/numbers/gradient-per-weight.ts';
import { mean, median, quantile, standardDeviation, standardError } from '../../../server/domain/numbers/statistics.ts';

test('the median is the middle value, or the mean of the two in the middle', () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.equal(median([7]), 7);
  assert.equal(median([]), Number.NaN);
  // As numbers, not as texts.
  assert.equal(median([10, 9, 100]), 10);
});

test('a quantile is one of the values', () => {
  const values = [50, 10, 40, 20, 30];
  assert.deepEqual(
    [0, 0.2, 0.5, 0.9, 1].map((q) => quantile(values, q)),
    [10, 20, 30, 50, 50],
  );
});

test('mean, deviation and standard error of a sample', () => {
  const values = [2, 4, 4, 4, 5, 5, 7, 9];
  assert.equal(mean(values), 5);
  // Σ(x − 5)² = 32 over n − 1 = 7; doubles of numbers this size agree to 1e-15.
  assert.ok(Math.abs(standardDeviation(values) - Math.sqrt(32 / 7)) < 1e-15);
  assert.ok(Math.abs(standardError(values) - Math.sqrt(32 / 7 / 8)) < 1e-15);
  assert.equal(standardDeviation([3]), 0);
});

test('a gradient is set beside the weights; none is 0 beside any, and one beside no weights has no size', () => {
  assert.equal(gradientPerWeight({ gradientNorm: 0.5, weightNorm: 10 }), 0.05);
  assert.equal(gradientPerWeight({ gradientNorm: 0.5, weightNorm: 0 }), Number.NaN);
  assert.equal(gradientPerWeight({ gradientNorm: 0, weightNorm: 0 }), 0);
});
