/** Rules about the configuration: each kind of fault as users write it, what is healthy beside it, and that its fix mends it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { StoredArray } from '../../../server/domain/network/stored-weights.ts';
import { checkRunFile } from '../../../server/run-file/check.ts';
import { fixText } from '../../../server/run-file/fix.ts';

const CONFIGURATION = [
  'symmetric-start',
  'dead-from-start',
  'dropout-too-strong',
  'activation-on-logits',
  'bottleneck',
  'schedule-never-useful',
  'batch-too-small',
];

interface Written {
  readonly layers?: readonly string[];
  readonly train?: string;
  readonly batchSize?: number;
  readonly init?: string;
  readonly stored?: Readonly<Record<string, StoredArray>>;
  readonly examples?: number;
}

const LAYERS = ['conv: {filters: 8, kernel: 3}', 'max_pool: {size: 2}', 'dense: {units: 32}', 'dense: {units: 10}'];

function optionsOf({ stored = {}, examples }: Written) {
  const classCounts = new Array<number>(10).fill((examples ?? 0) / 10);
  return {
    fileName: 'a.rectiscope.yaml',
    folder: '/runs',
    readStored: () => new Map(Object.entries(stored)),
    ...(examples !== undefined && { data: { classCounts } }),
  };
}

const textOf = ({
  layers = LAYERS,
  train = 'learning_rate: 0.01',
  batchSize = 32,
  init,
}: Written): string => `version: 1
network:
  input: [8, 8, 1]
${init === undefined ? '' : `  init: ${init}\n`}  layers:
${layers.map((layer) => `    - ${layer}`).join('\n')}
train: {batch_size: ${batchSize}, steps: 200, ${train}}
`;

/** What is said of the configuration: rule and severity. */
function said(written: Written, text = textOf(written)): string[] {
  const { runFile, checked } = checkRunFile(text, optionsOf(written));
  assert.deepEqual(runFile.mistakes, [], text);
  const findings = checked?.findings ?? [];
  return findings.filter(({ rule }) => CONFIGURATION.includes(rule)).map(({ rule, severity }) => `${rule} ${severity}`);
}

const mended = (written: Written): string => fixText(textOf(written), optionsOf(written)).text;

const array = (shape: number[], more: Partial<StoredArray> = {}): StoredArray => ({
  shape,
  rms: 0.2,
  mean: 0,
  unitsAlike: false,
  ...more,
});

/** Weights of `LAYERS` in a file, some of them otherwise. */
const file = (more: Readonly<Record<string, Partial<StoredArray>>>): Written => ({
  init: '{from: w.safetensors}',
  stored: {
    'conv1.weight': array([3, 3, 1, 8], more['conv1.weight']),
    'dense1.weight': array([128, 32], more['dense1.weight']),
    'dense2.weight': array([32, 10], more['dense2.weight']),
    ...(more['conv1.bias'] && { 'conv1.bias': array([8], more['conv1.bias']) }),
    ...(more['dense1.bias'] && { 'dense1.bias': array([32], more['dense1.bias']) }),
  },
});

const dropped = (rate: number, count: number): Written => ({
  layers: [
    'conv: {filters: 8, kernel: 3}',
    ...new Array<string>(count).fill(`dense: {units: 64, dropout: ${rate}}`),
    'dense: {units: 10}',
  ],
});
const withLast = (activation: string): Written => ({
  layers: [...LAYERS.slice(0, 3), `dense: {units: 10, activation: ${activation}}`],
});
const neck = (dense: string, classes = 10): Written => ({
  layers: [...LAYERS.slice(0, 3), `dense: {${dense}}`, `dense: {units: ${classes}}`],
});
const scheduled = (schedule: string): Written => ({
  train: `learning_rate: 0.01, schedule: ${schedule}`,
});
const batch = (batchSize: number, rate: number): Written => ({ train: `learning_rate: ${rate}`, batchSize });

const FAULTS: readonly (readonly [name: string, written: Written, expected: string])[] = [
  [
    'equal weights',
    file({ 'conv1.weight': { unitsAlike: true }, 'dense1.weight': { unitsAlike: true } }),
    'symmetric-start error',
  ],
  ['equal units in one layer', file({ 'dense1.weight': { unitsAlike: true } }), 'symmetric-start warning'],
  ['weights of 0 in one layer', file({ 'conv1.weight': { unitsAlike: true, rms: 0 } }), 'symmetric-start error'],
  ['biases of −6', file({ 'conv1.bias': { mean: -6, rms: 6 } }), 'dead-from-start error'],
  [
    'biases that add up',
    file({ 'conv1.bias': { mean: -1, rms: 1 }, 'dense1.bias': { mean: -2.5, rms: 2.5 } }),
    'dead-from-start error',
  ],
  ['dropout of 0.9', dropped(0.9, 1), 'dropout-too-strong warning'],
  ['dropout of 0.9 twice', dropped(0.9, 2), 'dropout-too-strong error'],
  ['dropout of 0.5 four times', dropped(0.5, 4), 'dropout-too-strong warning'],
  [
    'dropout beside its layer',
    { layers: [...LAYERS.slice(0, 2), '{dense: {units: 32}, dropout: 0.95}', 'dense: {units: 10}'] },
    'dropout-too-strong warning',
  ],
  [
    'dropout of maps',
    {
      layers: [
        LAYERS[0] ?? '',
        'dropout: 0.9',
        'conv: {filters: 8, kernel: 3}',
        'dropout: {rate: 0.8}',
        'dense: {units: 10}',
      ],
    },
    'dropout-too-strong error',
  ],
  ['relu on the logits', withLast('relu'), 'activation-on-logits error'],
  ['leaky relu on the logits', withLast('leaky_relu'), 'activation-on-logits warning'],
  [
    'relu beside the last layer',
    { layers: [...LAYERS.slice(0, 3), '{dense: {units: 10}, activation: relu}'] },
    'activation-on-logits error',
  ],
  ['one unit', neck('units: 1'), 'bottleneck error'],
  ['two units before 20 classes', neck('units: 2', 20), 'bottleneck error'],
  ['three units', neck('units: 3'), 'bottleneck warning'],
  ['one unit with a slope', neck('units: 1, activation: prelu'), 'bottleneck warning'],
  [
    'two filters and their average',
    { layers: ['conv: {filters: 2, kernel: 3}', 'global_average_pool', 'dense: {units: 10}'] },
    'bottleneck error',
  ],
  ['a warm-up of ten times the run', scheduled('{warmup: 2000 steps}'), 'schedule-never-useful warning'],
  ['a drop after ten steps', scheduled('{step: {at: [10 steps], factor: 0.001}}'), 'schedule-never-useful warning'],
  [
    'a drop right after the warm-up',
    scheduled('{warmup: 5 steps, then: {step: {at: [12 steps], factor: 0.002}}}'),
    'schedule-never-useful warning',
  ],
  ['a warm-up in epochs', { ...scheduled('{warmup: 40 epochs}'), examples: 3200 }, 'schedule-never-useful warning'],
  ['a batch of one', batch(1, 0.02), 'batch-too-small warning'],
  ['a batch of four at a large rate', batch(4, 0.04), 'batch-too-small warning'],
];

const HEALTHY: readonly (readonly [name: string, written: Written])[] = [
  ['drawn weights', {}],
  ['a last layer of 0', file({ 'dense2.weight': { unitsAlike: true, rms: 0 } })],
  ['small negative biases', file({ 'conv1.bias': { mean: -0.2, rms: 0.3 }, 'dense1.bias': { mean: -0.3, rms: 0.4 } })],
  ['half of the biases far below 0', file({ 'conv1.bias': { mean: -10, rms: 14.2 } })],
  ['dropout of 0.5 three times', dropped(0.5, 3)],
  ['dropout of 0.3 ten times', dropped(0.3, 10)],
  [
    'dropout in a branch',
    {
      layers: [
        LAYERS[0] ?? '',
        'residual: {layers: [{conv: {filters: 8, kernel: 3}}, {dropout: 0.95}]}',
        'dense: {units: 10}',
      ],
    },
  ],
  ['prelu on the logits', withLast('prelu')],
  ['no activation, written', withLast('none')],
  ['two units with a slope', neck('units: 2, activation: prelu')],
  ['two units for three classes', neck('units: 2', 3)],
  ['one unit for two classes', neck('units: 1', 2)],
  ['one filter of a large map', { layers: ['conv: {filters: 1, kernel: 3}', ...LAYERS] }],
  [
    'a narrow branch',
    {
      layers: [
        LAYERS[0] ?? '',
        'residual: {layers: [{conv: {filters: 1, kernel: 8, padding: same}}, {conv: {filters: 8, kernel: 3}}]}',
        'dense: {units: 10}',
      ],
    },
  ],
  ['a warm-up of half the run', scheduled('{warmup: 100 steps}')],
  ['a warm-up longer than the run at a large rate', { train: 'learning_rate: 0.09, schedule: {warmup: 300 steps}' }],
  ['drops late in the run', scheduled('{step: {at: [100 steps, 150 steps], factor: 0.1}}')],
  ['an early drop to a tenth', scheduled('{step: {at: [10 steps], factor: 0.1}}')],
  ['a plateau', scheduled('{plateau: {factor: 0.1, patience: 50 steps}}')],
  ['a warm-up in epochs of unknown length', scheduled('{warmup: 40 epochs}')],
  ['a batch of one at a small rate', batch(1, 0.001)],
  ['a batch of four', batch(4, 0.01)],
];

describe('rules about the configuration', () => {
  for (const [name, written, expected] of FAULTS) {
    it(`find ${name}`, () => assert.deepEqual(said(written), [expected]));
    it(`have a fix that mends ${name}`, () => {
      const text = mended(written);
      assert.notEqual(text, textOf(written));
      assert.deepEqual(said(written, text), []);
    });
  }

  for (const [name, written] of HEALTHY) it(`say nothing of ${name}`, () => assert.deepEqual(said(written), []));
});
