import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { dropoutMasks } from '../../server/engines/dropout.ts';
import { networkOf } from '../support/networks.ts';
import { got } from '../support/tensor.ts';

const network = networkOf({
  input: [2, 2, 1],
  layers: [{ dense: { units: 400, dropout: 0.5 } }, { dense: { units: 200, dropout: 0.2 } }, { dense: { units: 50 } }],
});
const options = { seed: 1, step: 1, batchSize: 64 };
const mask = (layer: string, change: Partial<typeof options> = {}) =>
  got(dropoutMasks(network, { ...options, ...change }).get(layer), layer);

describe('the dropout masks of a step', () => {
  it('are there for the layers that drop, [batch, units]', () => {
    const masks = dropoutMasks(network, options);
    assert.deepEqual(
      [...masks].map(([name, { length }]) => [name, length]),
      [
        ['dense1', 64 * 400],
        ['dense2', 64 * 200],
      ],
    );
    assert.equal(dropoutMasks(networkOf({ input: [2, 2, 1], layers: [{ dense: { units: 2 } }] }), options).size, 0);
  });

  for (const [layer, rate] of [
    ['dense1', 0.5],
    ['dense2', 0.2],
  ] as const)
    it(`of ${layer} are 0 for ${100 * rate} % and else 1/(1 − p): the mean stays`, () => {
      const values = mask(layer);
      const kept = Math.fround(1 / (1 - rate));
      assert.ok(values.every((value) => value === 0 || value === kept));
      const dropped = values.filter((value) => value === 0).length / values.length;
      // Five standard errors of a share.
      assert.ok(
        Math.abs(dropped - rate) < 5 * Math.sqrt((rate * (1 - rate)) / values.length),
        `${dropped} are dropped`,
      );
    });

  it('are independent from unit to unit and from example to example', () => {
    const values = mask('dense1').map((value) => (value > 0 ? 1 : -1));
    for (const lag of [1, 2, 400]) {
      const n = values.length - lag;
      const correlation = values.subarray(0, n).reduce((sum, value, i) => sum + value * (values[i + lag] ?? 0), 0) / n;
      assert.ok(Math.abs(correlation) < 5 / Math.sqrt(n), `correlation ${correlation} at a distance of ${lag}`);
    }
  });

  it('are a function of seed, layer and step alone', () => {
    assert.deepEqual(mask('dense1'), mask('dense1'));
    for (const change of [{ step: 2 }, { seed: 2 }]) assert.notDeepEqual(mask('dense1', change), mask('dense1'));
    const both = networkOf({
      input: [2, 2, 1],
      layers: [
        { dense: { units: 400, dropout: 0.5 } },
        { dense: { units: 400, dropout: 0.5 } },
        { dense: { units: 2 } },
      ],
    });
    const masks = dropoutMasks(both, options);
    assert.notDeepEqual(masks.get('dense1'), masks.get('dense2'));
    // Another layer in the network changes nothing for this one.
    assert.deepEqual(masks.get('dense1'), mask('dense1'));
  });
});
