/** The Gaussian against integrals by the trapezoidal rule: 1e-6 where the series is good to 1e-7, times squares of up to 13. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { below, rectifiedSquare } from '../../../server/domain/numbers/gaussian.ts';

/** ∫ f(z)·φ(z) dz from a bound to 12, in 20,000 steps. */
function integrate(from: number, f: (z: number) => number): number {
  const steps = 20_000;
  const width = (12 - from) / steps;
  let sum = 0;
  for (let i = 0; i <= steps; i++) {
    const z = from + i * width;
    sum += (i === 0 || i === steps ? 0.5 : 1) * f(z) * Math.exp(-0.5 * z * z);
  }
  return (sum * width) / Math.sqrt(2 * Math.PI);
}

describe('the Gaussian', () => {
  for (const z of [-4.2, -3, -1, -0.1, 0, 0.5, 2.7])
    it(`has this much below ${z}`, () => {
      const above = integrate(z, () => 1);
      assert.ok(Math.abs(below(z) - (1 - above)) < 1e-6, `${below(z)}, not ${1 - above}`);
    });

  for (const [mean, deviation] of [
    [0, 2],
    [-1, 1.4],
    [-7, 2],
    [3, 0.5],
  ] as const)
    it(`leaves this much behind a rectifier: mean ${mean}, deviation ${deviation}`, () => {
      const expected = integrate(-mean / deviation, (z) => (mean + deviation * z) ** 2);
      const found = rectifiedSquare(mean, deviation);
      assert.ok(Math.abs(found - expected) < 1e-6 * (mean ** 2 + deviation ** 2), `${found}, not ${expected}`);
    });
});
