import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Smoothed } from '../../server/figures/smoothing.ts';

const steps = (length: number, every = 1): Float64Array => Float64Array.from({ length }, (_, i) => (i + 1) * every);

test('off means the very same numbers', () => {
  const y = Float64Array.of(3, 1, 4, 1, 5);
  assert.deepEqual([...new Smoothed(0).extend(steps(5), y)], [...y]);
});

test('a constant stays where it is from the first point on: no bias to zero', () => {
  for (const value of new Smoothed(100).extend(steps(50), new Float64Array(50).fill(2.3))) {
    assert.ok(Math.abs(value - 2.3) < 1e-12);
  }
});

test('weights fall by 1 − 1/n a step, computed by hand', () => {
  const [, second, third] = new Smoothed(2).extend(steps(3), Float64Array.of(1, 4, 7));
  assert.ok(Math.abs((second as number) - (0.5 * 1 + 4) / 1.5) < 1e-12);
  assert.ok(Math.abs((third as number) - (0.25 * 1 + 0.5 * 4 + 7) / 1.75) < 1e-12);
});

test('a curve with every tenth point is smoothed over as many steps', () => {
  // A ramp lags by the mean age of the weights, n − 1 steps, whatever the spacing (up to half a gap).
  const lag = (every: number): number => {
    const x = steps(5000 / every, every);
    return 5000 - (new Smoothed(200).extend(x, x).at(-1) as number);
  };
  assert.ok(Math.abs(lag(1) - 199) < 1);
  assert.ok(Math.abs(lag(10) - 199) < 10);
});

test('not-finite values pass through and leave no trace', () => {
  const smoothed = new Smoothed(10).extend(steps(4), Float64Array.of(1, Number.NaN, Number.POSITIVE_INFINITY, 1));
  assert.deepEqual([...smoothed], [1, Number.NaN, Number.POSITIVE_INFINITY, 1]);
});

test('growing in pieces gives the same as all at once; a shorter curve is smoothed again', () => {
  const y = Float64Array.from({ length: 200 }, (_, i) => Math.sin(i));
  const whole = [...new Smoothed(20).extend(steps(200), y)];
  const pieces = new Smoothed(20);
  for (const end of [1, 7, 120, 200]) pieces.extend(steps(end), y.subarray(0, end));
  assert.deepEqual([...pieces.extend(steps(200), y)], whole);
  assert.deepEqual([...pieces.extend(steps(50), y.subarray(0, 50))], whole.slice(0, 50));
});
