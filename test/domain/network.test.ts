import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { multiplyAdds, parameterCount, placeNetwork, weightedLayers } from '../../server/domain/network/network.ts';
import { inRunFile } from '../../server/domain/origin.ts';
import { allCases } from '../support/network-cases.ts';
import { networkOf } from '../support/networks.ts';
import { count } from '../support/tensor.ts';

const network = networkOf({
  input: [28, 28, 1],
  layers: [
    { conv: { filters: 16, kernel: 3, activation: { prelu: { share: 'channel' } } } },
    { conv: { filters: 32, kernel: 5, stride: 2, bias: false, activation: { prelu: { share: 'layer' } } } },
    { max_pool: { size: 2 } },
    { dense: { units: 10 } },
  ],
});

describe('a network', () => {
  it('has weights, bias and slope of each weighted layer, in order of depth, named as PyTorch names them', () => {
    assert.deepEqual(
      network.parameters.map(({ name, role, shape }) => `${name} ${role} ${shape.join('×')}`),
      [
        'conv1.weight weight 3×3×1×16',
        'conv1.bias bias 16',
        'conv1.slope slope 16',
        'conv2.weight weight 5×5×16×32',
        'conv2.slope slope 1',
        'dense1.weight weight 1568×10',
        'dense1.bias bias 10',
      ],
    );
  });

  it('counts its parameters and its multiply-adds', () => {
    assert.equal(parameterCount(network), 144 + 16 + 16 + 12_800 + 1 + 15_680 + 10);
    assert.equal(multiplyAdds(network), 28 * 28 * 144 + 14 * 14 * 12_800 + 15_680);
    for (const { name, network: each } of allCases)
      assert.equal(
        parameterCount(each),
        each.parameters.reduce((sum, { shape }) => sum + count(shape), 0),
        name,
      );
  });

  it('counts weighted layers for its depth', () => {
    assert.deepEqual(
      weightedLayers(network).map(({ layer }) => layer.name),
      ['conv1', 'conv2', 'dense1'],
    );
  });

  it('that does not fit is refused with the layer’s message', () => {
    const origin = inRunFile('network', 'layers', 0);
    const layers = [{ type: 'max_pool', name: 'pool1', origin, size: 5, stride: 5 }] as const;
    assert.throws(() => placeNetwork({ input: [4, 4, 1], layers }), /5×5 pool does not fit the 4×4×1 map/);
  });
});
