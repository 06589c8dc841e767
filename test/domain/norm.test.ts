import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Builder } from '../../server/domain/program/builder.ts';
import * as op from '../../server/domain/program/operations.ts';
import { interpret } from '../support/interpreter.ts';
import { got } from '../support/tensor.ts';

/** The norm of some numbers as an engine computes it: every result is rounded to single precision. */
function singleNorm(values: readonly number[]): number {
  const b = new Builder();
  b.fetch('norm', op.norm(b, b.input('x', [values.length])));
  const inputs = new Map([['x', values.map(Math.fround)]]);
  const fetched = interpret(b.program(), { inputs, variables: new Map(), fetches: ['norm'], round: Math.fround });
  return got(fetched.get('norm')?.data[0], 'norm');
}

describe('a norm in single precision', () => {
  for (const scale of [1e-37, 1e-30, 1e-25, 1e-20, 1, 1e19, 1e30, 1e37])
    it(`of numbers near ${scale} is neither 0 nor infinite`, () => {
      const norm = singleNorm([3, -4, 12].map((value) => value * scale));
      assert.ok(Math.abs(norm / (13 * scale) - 1) < 1e-6, String(norm));
    });

  it('of zeros is 0', () => assert.equal(singleNorm([0, 0, -0]), 0));

  it('of one number among zeros is its size, whatever its sign', () => assert.equal(singleNorm([0, -2, 0]), 2));

  it('of what is not finite is not finite', () => {
    assert.ok(Number.isNaN(singleNorm([1, Number.NaN])));
    assert.ok(!Number.isFinite(singleNorm([1, Number.NEGATIVE_INFINITY])));
  });
});
