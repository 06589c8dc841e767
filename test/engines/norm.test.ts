import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Builder } from '../../server/domain/program/builder.ts';
import * as op from '../../server/domain/program/operations.ts';
import { backendsAndDevices } from '../support/engines.ts';
import { got } from '../support/tensor.ts';

const SCALES = [1e-37, 1e-30, 1e-25, 1e-20, 1, 1e19, 1e30, 1e37];
const CASES: Record<string, readonly number[]> = {
  ...Object.fromEntries(SCALES.map((scale) => [`near ${scale}`, [3, -4, 12].map((value) => value * scale)])),
  zeros: [0, 0, -0],
  single: [0, -2, 0],
  nan: [1, Number.NaN, 0],
  infinite: [1, Number.NEGATIVE_INFINITY, 0],
};

for (const backend of backendsAndDevices)
  describe(`norms on ${backend.name}`, { skip: backend.skip }, () => {
    const norms = async () => {
      const b = new Builder();
      // An ONNX model of ours always has variables.
      b.variable({ name: 'unused', shape: [1], kind: 'learned' });
      for (const name of Object.keys(CASES)) b.fetch(name, op.norm(b, b.input(`x of ${name}`, [3])));
      const inputs = new Map(Object.entries(CASES).map(([name, x]) => [`x of ${name}`, Float32Array.from(x)]));
      const values = await backend.run(b.program(), { inputs, variables: new Map([['unused', Float32Array.of(0)]]) });
      return (name: string) => got(values.get(name)?.[0], name);
    };

    it('of numbers of any size that single precision has are neither 0 nor infinite', async () => {
      const norm = await norms();
      // A handful of operations, rounded to 6e-8 each.
      for (const scale of SCALES) assert.ok(Math.abs(norm(`near ${scale}`) / (13 * scale) - 1) < 1e-6, `near ${scale}`);
    });

    it('of zeros is 0, of one number among them its size', async () => {
      const norm = await norms();
      assert.equal(norm('zeros'), 0);
      assert.equal(norm('single'), 2);
    });

    it('of what is not finite is not finite', async () => {
      const norm = await norms();
      assert.ok(Number.isNaN(norm('nan')));
      assert.ok(!Number.isFinite(norm('infinite')));
    });
  });
