/**
 * Run files with a planted fault, or none, that no threshold was tuned on: other depths, widths, heads and strengths of each fault
 * than the labelled cases have. They were labelled by the planted fault before any of them was trained.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RuleId, ruleIds } from '../../server/domain/rules/rule-ids.ts';
import type { Case } from './score.ts';

interface Planted {
  readonly name: string;
  /** Consequences that may also be found; all others must not. */
  readonly may?: readonly RuleId[];
  readonly check?: readonly RuleId[];
  readonly train?: readonly RuleId[];
  readonly either?: readonly RuleId[];
  readonly derive?: Record<string, number>;
  readonly data?: Record<string, unknown>;
  readonly network?: Record<string, unknown>;
  readonly layers: readonly unknown[];
  readonly train_keys?: Record<string, unknown>;
}

const conv = (filters: number, more: Record<string, unknown> = {}) => ({ conv: { filters, kernel: 3, ...more } });
const out = { dense: { units: 10 } };
/** A plain network: two convolutions of stride 2, then `depth` more. */
const plain = (width: number, depth: number): unknown[] => [
  conv(width, { stride: 2 }),
  conv(width + 4, { stride: 2 }),
  conv(width + 4, { repeat: depth }),
  out,
];

const INIT_MAY: readonly RuleId[] = [
  'dead-rectifiers',
  'decay-dominates',
  'learning-rate-too-low',
  'plateaued',
  'stalled',
  'vanishing-signal',
];
const BLOWN: readonly RuleId[] = [
  'dead-rectifiers',
  'decay-dominates',
  'diverged',
  'exploding-gradient',
  'learning-rate-too-high',
  'plateaued',
  'stalled',
  'vanishing-gradient',
];

/** 30 steps of warm-up; as text, since a key `then` makes a value look like a promise. */
const WARMUP = JSON.parse('{"warmup": "30 steps", "then": "constant"}') as unknown;

const PLANTED: readonly Planted[] = [
  { name: 'held-he-7', layers: plain(10, 4) },
  { name: 'held-he-20', layers: plain(16, 17), train_keys: { learning_rate: 0.006, steps: 160 } },
  {
    name: 'held-he-fan-out-10',
    network: { init: { he: 'fan_out' } },
    layers: plain(12, 7),
  },
  {
    name: 'held-prelu-layer-11',
    network: { activation: { prelu: { share: 'layer', slope: 0.1 } } },
    layers: plain(14, 8),
  },
  { name: 'held-leaky-13', network: { activation: { leaky_relu: 0.05 } }, layers: plain(12, 10) },
  { name: 'held-no-decay-8', layers: plain(14, 5), train_keys: { weight_decay: 0 } },
  {
    name: 'held-pools-8',
    layers: [
      conv(12),
      { max_pool: { size: 2, stride: 2 } },
      conv(16, { repeat: 3 }),
      { average_pool: { size: 2, stride: 2 } },
      conv(20, { repeat: 3 }),
      out,
    ],
  },
  { name: 'held-warmup-9', layers: plain(14, 6), train_keys: { schedule: WARMUP } },
  {
    name: 'held-xavier-27',
    network: { init: 'xavier' },
    layers: plain(16, 24),
    check: ['vanishing-gradient', 'vanishing-signal'],
    train: ['vanishing-gradient', 'stalled'],
    may: INIT_MAY,
  },
  {
    name: 'held-xavier-fan-out-25',
    network: { init: { xavier: 'fan_out' } },
    layers: plain(20, 22),
    check: ['vanishing-gradient'],
    train: ['vanishing-gradient', 'stalled'],
    may: INIT_MAY,
  },
  {
    name: 'held-gaussian-0.02-13',
    network: { init: { gaussian: 0.02 } },
    layers: plain(16, 10),
    check: ['vanishing-gradient', 'vanishing-signal'],
    train: ['vanishing-gradient', 'stalled'],
    may: INIT_MAY,
  },
  {
    name: 'held-middle-layers-15',
    layers: [
      conv(14, { stride: 2 }),
      conv(18, { stride: 2 }),
      conv(18, { repeat: 10, init: { gaussian: 0.02 } }),
      conv(18, { repeat: 2 }),
      out,
    ],
    check: ['vanishing-gradient', 'vanishing-signal'],
    train: ['vanishing-gradient', 'stalled'],
    may: INIT_MAY,
  },
  {
    name: 'held-gaussian-0.35-13',
    network: { init: { gaussian: 0.35 } },
    layers: plain(14, 10),
    check: ['exploding-signal', 'exploding-gradient', 'bad-initial-loss'],
    train: ['exploding-signal', 'bad-initial-loss'],
    may: BLOWN,
  },
  {
    name: 'held-large-head-8',
    layers: [...plain(12, 5).slice(0, -1), { dense: { units: 10, init: { gaussian: 0.6 } } }],
    check: ['bad-initial-loss'],
    train: ['bad-initial-loss'],
    may: [...BLOWN, 'exploding-signal'],
  },
  {
    name: 'held-rate-1-9',
    layers: plain(14, 6),
    train_keys: { learning_rate: 1 },
    check: ['learning-rate-too-high'],
    train: ['learning-rate-too-high'],
    may: BLOWN.filter((rule) => rule !== 'exploding-gradient'),
  },
  {
    name: 'held-rate-0.000002-8',
    layers: plain(14, 5),
    train_keys: { learning_rate: 0.000002, steps: 140 },
    check: ['learning-rate-too-low'],
    train: ['learning-rate-too-low'],
    may: ['stalled'],
  },
  {
    name: 'held-decay-0.8-9',
    layers: plain(14, 6),
    train_keys: { weight_decay: 0.8 },
    check: ['decay-dominates'],
    train: ['decay-dominates'],
    may: ['dead-rectifiers', 'learning-rate-too-high', 'plateaued', 'stalled', 'vanishing-gradient'],
  },
  {
    name: 'held-few-7',
    data: { limit: { train: 96, val: 500 } },
    layers: plain(16, 4),
    train_keys: { steps: 180, weight_decay: 0.0001 },
    train: ['overfitting'],
  },
  {
    name: 'held-early-drop-8',
    layers: plain(14, 5),
    train_keys: { steps: 180, learning_rate: 0.004, schedule: { step: { at: ['40 steps'], factor: 0.00005 } } },
    train: ['plateaued'],
    may: ['learning-rate-too-low'],
  },
  {
    name: 'held-noise-7',
    derive: { noise: 0.45 },
    data: { source: 'derived/held-noise-7' },
    layers: plain(16, 4),
    train_keys: { steps: 160, learning_rate: 0.01 },
    train: ['label-noise-suspected'],
    may: ['plateaued'],
  },
  {
    name: 'held-unequal-7',
    derive: { imbalance: 35, major: 3 },
    data: { source: 'derived/held-unequal-7', limit: { train: 2000, val: 500 } },
    layers: plain(14, 4),
    either: ['class-imbalance'],
    may: ['overfitting', 'plateaued'],
  },
  {
    name: 'held-raw-7',
    data: { normalize: 'none' },
    layers: plain(14, 4),
    train_keys: { learning_rate: 0.015 },
    either: ['input-not-normalized'],
  },
];

/** Write the run files of the held-out cases, and `held-out.json` for those that need derived data; gives their labels. */
export function writeHeldOut(folder: string): Case[] {
  const cases = PLANTED.map((planted): Case & { derive?: Record<string, number> } => {
    const { name, data = {}, network = {}, layers, train_keys = {}, derive } = planted;
    const { check = [], train = [], either = [], may = [] } = planted;
    const file = `${name}.rectiscope.yaml`;
    const text = {
      version: 1,
      name,
      seed: 1,
      data: { source: 'fashion-mnist', limit: { train: 3200, val: 500 }, ...data },
      network: { input: [28, 28, 1], ...network, layers },
      train: { batch_size: 32, steps: 120, learning_rate: 0.008, momentum: 0.9, weight_decay: 0.0005, ...train_keys },
      evaluate: { every: '25 steps' },
      diagnose: { probe_every: '5 steps' },
    };
    // JSON is YAML, too.
    writeFileSync(join(folder, file), JSON.stringify(text, undefined, 2));
    const planned = new Set([...check, ...train, ...either, ...may]);
    return {
      file,
      kind: check.length + train.length > 0 || either.includes('class-imbalance') ? 'fault' : 'healthy',
      check: { must_find: check, may_find: may },
      train: { must_find: train, may_find: may },
      check_or_train: { must_find: either },
      must_not_find: ruleIds.filter((rule) => !planned.has(rule)),
      ...(derive && { derive }),
    };
  });
  writeFileSync(join(folder, 'held-out.json'), JSON.stringify({ cases }));
  return cases;
}
