import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import test from 'node:test';
import { isWeighted, type RunConfig } from '../../server/domain/config.ts';
import type { ConvLayer } from '../../server/domain/layers/conv.ts';
import { inRunFile } from '../../server/domain/origin.ts';
import { readRunFile } from '../../server/run-file/read.ts';

const options = { fileName: 'some-run.rectiscope.yaml', folder: '/home/ann/runs' };

function config(text: string, more: { forCheck?: boolean } = {}): RunConfig {
  const { config, mistakes } = readRunFile(text, { ...options, ...more });
  assert.deepEqual(mistakes, []);
  assert.ok(config);
  return config;
}

const small = `
data: {source: fashion-mnist}
network:
  input: [28, 28, 1]
  layers:
    - conv: {filters: 4, kernel: 3}
    - dense: {units: 10}
`;

test('everything that is not written has the default of the contract', () => {
  const read = config(small);
  assert.equal(read.name, 'some-run');
  assert.equal(read.seed, 1);
  assert.deepEqual(read.data, {
    source: 'fashion-mnist',
    limit: {},
    validation: 0.1,
    normalize: 'standardize',
    shuffle: true,
    augment: { flip: false },
    maxPixels: 50_000_000,
    badFiles: 'refuse',
    cacheBytes: 2 ** 30,
  });
  assert.deepEqual(read.train, {
    batchSize: 64,
    length: { value: 10, unit: 'epochs' },
    learningRate: 0.01,
    schedule: { kind: 'constant' },
    optimizer: { kind: 'sgd', momentum: 0.9 },
    weightDecay: 0.0005,
  });
  assert.deepEqual(read.evaluate, { every: { value: 1, unit: 'epochs' }, views: 'center', scales: [] });
  assert.deepEqual(read.diagnose, { probeEvery: { value: 10, unit: 'steps' }, stopOn: ['diverged'], ignore: [] });
  assert.deepEqual(read.network.layers, [
    {
      name: 'conv1',
      origin: inRunFile('network', 'layers', 0),
      type: 'conv',
      filters: 4,
      kernel: 3,
      stride: 1,
      padding: 'same',
      bias: true,
      activation: { kind: 'relu' },
      init: { kind: 'he', mode: 'fan_in' },
      initOrigin: inRunFile('network', 'layers', 0),
    },
    {
      name: 'dense1',
      origin: inRunFile('network', 'layers', 1),
      type: 'dense',
      units: 10,
      dropout: 0,
      bias: true,
      activation: { kind: 'none' },
      init: { kind: 'he', mode: 'fan_in' },
      initOrigin: inRunFile('network', 'layers', 1),
    },
  ]);
});

test('layers are named by kind in order of appearance, and repeat counts on', () => {
  const read = config(
    `
network:
  input: [32, 32, 3]
  layers:
    - conv: {filters: 4, kernel: 3, repeat: 2}
    - max_pool: {size: 2}
    - conv: {filters: 4, kernel: 3, name: middle}
    - average_pool: {size: 2, stride: 1}
    - conv: {filters: 4, kernel: 3}
      repeat: 2
      name: late
    - conv: {filters: 4, kernel: 3}
    - spp: [2, 1]
    - dense: {units: 8, dropout: 0.5}
    - dense: {units: 10}
`,
    { forCheck: true },
  );
  assert.deepEqual(
    read.network.layers.map(({ name }) => name),
    ['conv1', 'conv2', 'pool1', 'middle', 'pool2', 'late1', 'late2', 'conv6', 'spp1', 'dense1', 'dense2'],
  );
  assert.deepEqual(read.network.layers[2], {
    name: 'pool1',
    origin: inRunFile('network', 'layers', 1),
    type: 'max_pool',
    size: 2,
    stride: 2,
  });
});

test('activation and initialisation: the layer’s own takes precedence, wherever in the entry it is, and its place is known', () => {
  const { layers } = config(
    `
network:
  input: [8, 8, 1]
  activation: {prelu: {share: layer, slope: 0.1}}
  init: {xavier: fan_out}
  layers:
    - conv: {filters: 4, kernel: 3, init: {gaussian: 0.01}, activation: {leaky_relu: 0.2}, bias: false}
    - conv: {filters: 4, kernel: 3}
      init: he
      activation: none
      padding: valid
    - conv: {filters: 4, kernel: 3}
    - global_average_pool
    - dense: {units: 10, activation: prelu}
`,
    { forCheck: true },
  ).network;
  const weighted = layers.filter(isWeighted);
  assert.deepEqual(
    weighted.map(({ activation, init, initOrigin, bias }) => ({ activation, init, initOrigin, bias })),
    [
      {
        activation: { kind: 'leaky_relu', slope: 0.2 },
        init: { kind: 'gaussian', std: 0.01 },
        initOrigin: inRunFile('network', 'layers', 0, 'conv', 'init'),
        bias: false,
      },
      {
        activation: { kind: 'none' },
        init: { kind: 'he', mode: 'fan_in' },
        initOrigin: inRunFile('network', 'layers', 1, 'init'),
        bias: true,
      },
      {
        activation: { kind: 'prelu', share: 'layer', slope: 0.1 },
        init: { kind: 'xavier', mode: 'fan_out' },
        initOrigin: inRunFile('network', 'init'),
        bias: true,
      },
      {
        activation: { kind: 'prelu', share: 'channel', slope: 0.25 },
        init: { kind: 'xavier', mode: 'fan_out' },
        initOrigin: inRunFile('network', 'init'),
        bias: true,
      },
    ],
  );
  assert.equal((layers[1] as ConvLayer).padding, 'valid');
});

test('durations in epochs and steps, schedules within a warm-up', () => {
  const { train, evaluate, diagnose } = config(`${small}
train:
  steps: 300
  schedule: {warmup: 40 steps, then: {step: {at: [2, 500 steps, 3.5 epochs], factor: 0.1}}}
evaluate: {every: 1 step}
diagnose: {probe_every: 0.5 epochs, stop_on: [stalled], ignore: [overfitting]}
`);
  assert.deepEqual(train.length, { value: 300, unit: 'steps' });
  assert.deepEqual(train.schedule, {
    kind: 'warmup',
    duration: { value: 40, unit: 'steps' },
    next: {
      kind: 'step',
      at: [
        { value: 2, unit: 'epochs' },
        { value: 500, unit: 'steps' },
        { value: 3.5, unit: 'epochs' },
      ],
      factor: 0.1,
    },
  });
  assert.deepEqual(evaluate.every, { value: 1, unit: 'steps' });
  assert.deepEqual(diagnose, {
    probeEvery: { value: 0.5, unit: 'epochs' },
    stopOn: ['stalled'],
    ignore: ['overfitting'],
  });
});

test('a path is relative to the file, by the rules of either kind of system', () => {
  const at = (source: string, folder: string) =>
    readRunFile(small.replace('fashion-mnist', JSON.stringify(source)), { fileName: 'a', folder }).config?.data?.source;
  assert.equal(at('digits', '/home/ann/runs'), '/home/ann/runs/digits');
  assert.equal(at('../data/./digits/', '/home/ann/runs'), '/home/ann/data/digits');
  assert.equal(at('/data/digits', '/home/ann/runs'), '/data/digits');
  assert.equal(at('../../../../..', '/home/ann'), '/');
  assert.equal(at('..\\data', 'C:\\Users\\Ann'), 'C:\\Users\\data');
  assert.equal(at('D:/data', 'C:\\Users\\Ann'), 'D:/data');
  assert.equal(at('fashion-mnist', 'C:\\Users\\Ann'), 'fashion-mnist');
});

test('JSON is YAML, tabs and all; so is a file with \\r\\n and a byte order mark', () => {
  const json = JSON.stringify(
    {
      data: { source: 'fashion-mnist' },
      network: { input: [28, 28, 1], layers: ['global_average_pool', { dense: { units: 10 } }] },
    },
    null,
    '\t',
  );
  assert.deepEqual(
    config(json).network.layers.map(({ name }) => name),
    ['gap1', 'dense1'],
  );
  assert.deepEqual(config(`\uFEFF${small.replaceAll('\n', '\r\n')}`), config(small));
});

test('data may be left out for check, and only there', () => {
  const text = 'network: {preset: small_14}';
  assert.equal(config(text, { forCheck: true }).data, undefined);
  assert.match(readRunFile(text, options).mistakes[0]?.message ?? '', /`data`.*missing/);
});

for (const folder of ['test/fixtures/diagnosis-cases', 'examples']) {
  const root = new URL(`../../${folder}/`, import.meta.url);
  for (const name of readdirSync(root).filter((file) => file.endsWith('.yaml'))) {
    test(`${folder}/${name} reads without mistakes`, () => {
      const { config, mistakes } = readRunFile(readFileSync(new URL(name, root), 'utf8'), {
        ...options,
        fileName: name,
      });
      assert.deepEqual(mistakes, []);
      assert.equal(config?.name, name.replace('.rectiscope.yaml', ''));
    });
  }
}

test('the example pair differs in name and initialisation alone', () => {
  const [xavier, he] = ['xavier-30', 'he-30'].map((name) => {
    const text = readFileSync(new URL(`../../examples/${name}.rectiscope.yaml`, import.meta.url), 'utf8');
    return config(text);
  });
  assert.ok(xavier && he);
  const weighted = he.network.layers.filter(isWeighted);
  assert.equal(weighted.length, 30);
  const asXavier = he.network.layers.map((layer) =>
    isWeighted(layer) ? { ...layer, init: { kind: 'xavier', mode: 'fan_in' } } : layer,
  );
  assert.deepEqual({ ...he, name: 'xavier-30', network: { ...he.network, layers: asXavier } }, xavier);
});
