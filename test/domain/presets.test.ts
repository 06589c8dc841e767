import assert from 'node:assert/strict';
import test from 'node:test';
import type { ConvLayer } from '../../server/domain/layers/conv.ts';
import type { DenseLayer } from '../../server/domain/layers/dense.ts';
import { multiplyAdds, placeNetwork, weightedLayers } from '../../server/domain/network/network.ts';
import { presetNames } from '../../server/domain/network/presets.ts';
import { readRunFile } from '../../server/run-file/read.ts';

function network(preset: string, more = '') {
  const text = `network: {preset: ${preset}${more}}`;
  const { config, mistakes } = readRunFile(text, { fileName: 'a', folder: '/runs', forCheck: true });
  assert.deepEqual(mistakes, []);
  assert.ok(config);
  return placeNetwork(config.network);
}

/** Depth in weighted layers and multiply-adds of one 224×224 image: paper, Table 3, and the text of section 3. */
const anchors: Record<string, { depth: number; multiplyAdds?: number }> = {
  small_14: { depth: 14 },
  small_30: { depth: 30 },
  vgg_19: { depth: 19, multiplyAdds: 1.96e10 },
  model_a: { depth: 19, multiplyAdds: 1.9e10 },
  model_b: { depth: 22, multiplyAdds: 2.32e10 },
  model_c: { depth: 22, multiplyAdds: 5.3e10 },
  vgg_b_10: { depth: 13 },
};

for (const name of presetNames) {
  test(`${name} has the depth and the cost of the paper, and 1000 logits`, () => {
    const placed = network(name);
    const anchor = anchors[name];
    assert.ok(anchor);
    assert.equal(weightedLayers(placed).length, anchor.depth);
    assert.equal(placed.classes, 1000);
    if (anchor.multiplyAdds === undefined) return;
    // The paper prints three digits and does not say how it rounds: we count 1.906 for A, 2.322 for B, 5.346 for C.
    const ratio = multiplyAdds(placed) / anchor.multiplyAdds;
    assert.ok(Math.abs(ratio - 1) < 0.01, `${ratio} times the paper's`);
  });
}

test('`classes` sets the logits, and nothing else changes', () => {
  const ten = network('model_b', ', classes: 10');
  const thousand = network('model_b');
  assert.equal(ten.classes, 10);
  assert.deepEqual(
    ten.layers.slice(0, -1).map(({ output }) => output),
    thousand.layers.slice(0, -1).map(({ output }) => output),
  );
});

test('the large models drop half of the first two dense layers’ outputs, the small ones nothing', () => {
  const dropouts = (name: string) =>
    network(name).layers.flatMap(({ layer }) => (layer.type === 'dense' ? [(layer as DenseLayer).dropout] : []));
  assert.deepEqual(dropouts('model_a'), [0.5, 0.5, 0]);
  assert.deepEqual(dropouts('small_14'), [0, 0, 0]);
});

test('the 10 convolutions of VGG’s model B have the widths of the paper’s example', () => {
  const widths = network('vgg_b_10').layers.flatMap(({ layer }) =>
    layer.type === 'conv' ? [(layer as ConvLayer).filters] : [],
  );
  assert.deepEqual(widths, [64, 64, 128, 128, 256, 256, 512, 512, 512, 512]);
});
