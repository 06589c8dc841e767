/** The learned arrays, read by the package that the format is from. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { encodeTensors } from '../../server/formats/safetensors.ts';
import { withFolder } from '../support/idx.ts';
import { pythonWith } from '../support/python.ts';
import { normals } from '../support/random.ts';
import { got } from '../support/tensor.ts';

interface Read {
  metadata: Record<string, string>;
  arrays: Record<string, { dtype: string; shape: number[]; hex: string; sum: string }>;
}

describe('a safetensors file of ours', () => {
  const python = pythonWith('numpy', 'safetensors');
  it('is read by Python’s safetensors to the bit', { skip: python.skip }, () =>
    withFolder(async (folder) => {
      const normal = normals(3);
      const array = (...shape: number[]) => ({
        shape,
        data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, normal),
      });
      const special = Float32Array.of(
        Number.NaN,
        Number.POSITIVE_INFINITY,
        -Number.POSITIVE_INFINITY,
        -0,
        1e-45,
        3.4e38,
      );
      const arrays = new Map([
        ['conv1.weight', array(3, 3, 2, 4)],
        ['conv1.bias', array(4)],
        ['ein Name “mit” allem/.😀', array(1)],
        ['special', { shape: [2, 3], data: special }],
        ['none', array(0, 3)],
        ['scalar', array()],
      ]);
      const metadata = { run: 'r-1', text: 'line\n"quoted" – ü' };
      const file = join(folder, 'weights.safetensors');
      writeFileSync(file, Buffer.concat(encodeTensors({ arrays, metadata })));
      const read = (await python.run('read_weights', file)) as Read;
      assert.deepEqual(read.metadata, metadata);
      assert.deepEqual(Object.keys(read.arrays).toSorted(), [...arrays.keys()].toSorted());
      for (const [name, { shape, data }] of arrays) {
        const own = got(read.arrays[name], name);
        assert.equal(own.dtype, 'float32');
        assert.deepEqual(own.shape, shape);
        assert.equal(own.hex, Buffer.from(data.buffer).toString('hex'), name);
        // numpy's own sum, in double precision: to the rounding of some 72 additions.
        const sum = data.reduce((total, value) => total + value, 0);
        if (Number.isFinite(sum))
          assert.ok(Math.abs(Number(own.sum) - sum) <= 1e-12 * Math.max(1, Math.abs(sum)), name);
      }
    }),
  );
});
