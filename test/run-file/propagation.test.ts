import assert from 'node:assert/strict';
import test from 'node:test';
import { conv } from '../../server/domain/layers/conv.ts';
import { placeNetwork } from '../../server/domain/network/network.ts';
import { withMoments } from '../../server/domain/network/stored-weights.ts';
import { propagate } from '../../server/domain/propagation/propagate.ts';
import { predict } from '../../server/run-file/propagation.ts';
import { readRunFile } from '../../server/run-file/read.ts';

const networkOf = (filters: number, init = 'he') => {
  const text = `network:\n  input: [8, 8, 1]\n  init: ${init}\n  layers:\n    - conv: {filters: ${filters}, kernel: 3, repeat: 3}\n    - dense: {units: 2}\n`;
  const { config } = readRunFile(text, { fileName: 'a', folder: '/', forCheck: true });
  assert.ok(config);
  return placeNetwork(config.network);
};

test('a network’s maps are computed once, and again for another network or initialisation, whatever was requested before', (t) => {
  const passes = t.mock.method(conv, 'propagate').mock;
  const first = predict(networkOf(4));
  assert.equal(passes.callCount(), 3, 'three convolutions');
  assert.deepEqual(predict(networkOf(4)), first);
  const xavier = predict(networkOf(4, 'xavier'));
  assert.notDeepEqual(xavier, first);
  assert.deepEqual(predict(networkOf(4, 'xavier')), xavier);
  assert.equal(passes.callCount(), 6, 'once for each');
  for (let round = 0; round < 2; round++) {
    for (let filters = 1; filters <= 12; filters++) {
      for (const init of ['he', 'xavier']) {
        const network = networkOf(filters, init);
        assert.deepEqual(predict(network), propagate(network));
      }
    }
  }
  passes.resetCalls();
  assert.deepEqual(predict(networkOf(4)), first);
  assert.equal(passes.callCount(), 3, 'it was forgotten');
});

test('He’s own gradient is all of He’s, and Xavier’s loses a factor √2 for each rectifier on the way', () => {
  const shares = (init: string) => predict(networkOf(4, init)).layers.map((layer) => layer.backwardFactor);
  assert.deepEqual(shares('he'), [1, 1, 1, 1]);
  // conv3 is the last hidden layer, from which it is counted.
  const expected = [1 / 2, Math.SQRT1_2, 1, 1];
  for (const [i, value] of shares('xavier').entries())
    assert.ok(Math.abs(value - (expected[i] ?? 0)) < 1e-9, `${value}`);
});

test('weights from a file are predicted from what is known of them, not from what was known before', () => {
  const text =
    'network:\n  input: [8, 8, 1]\n  init: {from: a.safetensors}\n  layers: [{conv: {filters: 2, kernel: 3}}, {dense: {units: 2}}]\n';
  const { config } = readRunFile(text, { fileName: 'a', folder: '/', forCheck: true });
  assert.ok(config);
  const network = placeNetwork(config.network);
  const std = (value: number) => predict(withMoments(network, { conv1: { std: value }, dense1: { std: 1 } })).layers[0];
  assert.equal(std(0.5)?.weightStd, 0.5);
  assert.equal(std(0.25)?.weightStd, 0.25);
});
