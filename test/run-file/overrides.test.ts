import assert from 'node:assert/strict';
import test from 'node:test';
import type { ConvLayer } from '../../server/domain/layers/conv.ts';
import { applyOverrides } from '../../server/run-file/overrides.ts';
import { readRunFile } from '../../server/run-file/read.ts';

const example = `version: 1
name: he-30
seed: 1
data:
  source: fashion-mnist
network:
  input: [28, 28, 1]
  init: he
  layers:
    - conv: {filters: 16, kernel: 3, repeat: 10}
    - conv: {filters: 32, kernel: 3, stride: 2}
    - global_average_pool
    - dense: {units: 10}
train:
  batch_size: 64               # examples of one step
  epochs: 2
`;

function changed(...overrides: string[]) {
  const { text, mistakes } = applyOverrides(example, overrides);
  assert.deepEqual(mistakes, []);
  const read = readRunFile(text, { fileName: 'a', folder: '/runs' });
  assert.deepEqual(read.mistakes, []);
  assert.ok(read.config);
  return { config: read.config, text };
}

const messageOf = (override: string): string => {
  const { text, mistakes } = applyOverrides(example, [override]);
  assert.equal(text, example, 'a setting that can’t be applied changes nothing');
  assert.equal(mistakes.length, 1);
  return mistakes[0]?.message ?? '';
};

test('a setting changes one line and keeps its comment', () => {
  const { config, text } = changed('train.batch_size=32');
  assert.equal(config.train.batchSize, 32);
  const lines = example.split('\n');
  const different = text.split('\n').filter((line, i) => line !== lines[i]);
  assert.deepEqual(different, ['  batch_size: 32               # examples of one step']);
});

test('values are YAML: mappings, texts with a unit, numbers with an exponent', () => {
  const { config } = changed(
    'network.init={gaussian: 1e-2}',
    'evaluate.every=20 steps',
    'train.schedule={warmup: 2, then: {step: {at: [3], factor: 0.1}}}',
    'network.layers[0].conv.filters=8',
    'network.layers.0.conv.repeat=2',
    'data.limit.train=100',
    'diagnose.stop_on=[stalled]',
    'name=a, b',
  );
  const [first] = config.network.layers;
  assert.ok(first?.type === 'conv');
  const { filters, init } = first as ConvLayer;
  assert.deepEqual([filters, init], [8, { kind: 'gaussian', std: 0.01 }]);
  assert.equal(config.network.layers.length, 5);
  assert.deepEqual(config.evaluate.every, { value: 20, unit: 'steps' });
  assert.deepEqual(config.data?.limit, { train: 100 });
  assert.deepEqual(config.diagnose.stopOn, ['stalled']);
  assert.equal(config.train.schedule.kind, 'warmup');
  assert.equal(config.name, 'a, b');
});

test('settings hold in order, the last of a key at the end', () => {
  assert.equal(changed('seed=2', 'seed=3').config.seed, 3);
});

test('a length in steps takes the place of one in epochs, and the reverse', () => {
  assert.deepEqual(changed('train.steps=300').config.train.length, { value: 300, unit: 'steps' });
  assert.deepEqual(changed('train.steps=300', 'train.epochs=3').config.train.length, { value: 3, unit: 'epochs' });
});

test('what can’t be applied is reported with the reason and the nearest key', () => {
  assert.match(
    messageOf('train.batchsize=32'),
    /^train\.batchsize=32: Unknown key `batchsize` in `train`.*`batch_size`/,
  );
  assert.match(messageOf('batch_size=32'), /`batch_size` under `train`/);
  assert.match(messageOf('network.layers[0].conv.kernal=3'), /mean `kernel`/);
  assert.match(messageOf('network.layers[9].conv.kernel=3'), /no item 9/);
  assert.match(messageOf('train.momentum=1'), /less than 1; found `1`/);
  assert.match(messageOf('train.momentum.x=1'), /has no keys/);
  assert.match(messageOf('network.activation=rleu'), /mean `relu`/);
  assert.match(messageOf('train.workers=["a"]'), /host:port/);
  assert.match(messageOf('train.steps'), /expected `key=value`/);
  assert.match(messageOf('=3'), /expected `key=value`/);
  assert.match(messageOf('seed='), /one line of YAML/);
  assert.match(messageOf('network.init=gaussian: 3'), /one line of YAML/);
  assert.match(messageOf('name=[a'), /one line of YAML/);
  assert.deepEqual(applyOverrides(example, ['train.batchsize=32']).mistakes[0]?.suggestion, 'train.batch_size');
});
