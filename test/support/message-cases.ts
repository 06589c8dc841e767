/**
 * Files and histories for the branches of the rules' messages that the scenarios do not reach: what is seen before training, and
 * what is reported if no edit fixes it.
 */
import type { Observation } from '../../server/domain/rules/observation.ts';
import { contextOf, evaluation, probe, type Scenario, step, storedContext } from './rule-scenarios.ts';

type Context = Scenario['context'];

export interface MessageCase {
  readonly context: Context;
  /** None if the file alone is looked at. */
  readonly observations: readonly Observation[];
}

/** Hidden convolutions of these keys, and a dense layer. */
const layersOf = (conv: Record<string, unknown>, dense: Record<string, unknown> = {}) => [
  { conv: { filters: 4, kernel: 3, ...conv } },
  { dense: { units: 10, ...dense } },
];

const contextWith = (network: Record<string, unknown>, train: Record<string, unknown> = {}): Context =>
  contextOf({ network: { input: [8, 8, 1], ...network }, train });

/** A network whose weights come from a file, of this standard deviation. */
const stored = (std: number, repeat: number): Context => storedContext({ std }, { repeat });

/** By fan-out a signal of thousands of channels is weak: the sizes of the layers are in its factor. */
const fanOut = contextWith({ init: { he: 'fan_out' }, layers: layersOf({ filters: 2000, kernel: 1 }) });
const he = contextOf();
const large = contextWith({ init: { gaussian: 1.5 }, layers: layersOf({ repeat: 6 }) });
const decayed = contextWith({ layers: layersOf({ repeat: 6 }) }, { weight_decay: 0.5 });

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);
const vanishing = (context: Context): Observation[] =>
  [1, 2].map((at) =>
    probe(context, at, ({ activationRms }) => ({ gradientNorm: 1e-5, activationRms: activationRms / 1e5 })),
  );
const exploding = (context: Context): Observation[] => [
  step(1, 126),
  probe(context, 1, ({ activationRms }) => ({ gradientNorm: 500, activationRms: activationRms * 1e5 })),
];

/** Falls to 1.5 in 60 steps; the rate drops at step 80 and the loss stays where it is. */
const dropped = range(300).map((at) =>
  step(at, at < 60 ? Math.log(10) - 0.0135 * at : 1.5 + 0.05 * Math.sin(2.4 * at), 45, at < 80 ? 0.01 : 0.0001),
);
const shrinking = range(3).flatMap((i): Observation[] => [
  step(5 * i, Math.log(10)),
  probe(stored(0.01, 6), 5 * i, () => ({ decayNorm: 0.4 })),
]);

/** A rate that is too high, and units that die of it. */
const killed = [5, 10, 20, 30, 40].map((at) =>
  probe(he, at, () => (at < 20 ? { updateRatio: 0.2 } : { deadFraction: 0.95, updateRatio: 0 })),
);
/** Images of 0 to 255, and a gradient and signal that explode for it. */
const bright = contextOf({ facts: { input: { mean: 73, deviation: 90, meanSquare: 13_429, correlation: 0.4 } } });
const guessed = (from: number, to: number): Observation[] =>
  range(to - from + 1).map((i) => step(from + i - 1, Math.log(10)));

/** What the file alone predicts. */
const STATIC: readonly Context[] = [
  contextWith({ init: 'xavier', layers: layersOf({ repeat: 17 }) }),
  contextWith({ init: { xavier: 'fan_out' }, layers: layersOf({ repeat: 29 }) }),
  contextWith({ init: { gaussian: 0.01 }, activation: 'none', layers: layersOf({ repeat: 6 }) }),
  contextWith({ init_scale: 0.5, layers: layersOf({ repeat: 29 }) }),
  contextWith({ layers: layersOf({ repeat: 6 }, { init: { gaussian: 5 } }) }),
  stored(0.01, 6),
  stored(2, 6),
  fanOut,
  decayed,
  contextWith({ layers: layersOf({ repeat: 6 }) }, { learning_rate: 0.5 }),
  contextWith({ layers: layersOf({ repeat: 6 }) }, { learning_rate: 0.00001 }),
];

/** What the file alone tells of everything but the initialisation. */
const CONFIGURATION: readonly Context[] = [
  storedContext({ std: 0, unitsAlike: true }),
  storedContext({ std: 0.3, unitsAlike: true }, { only: 'conv2' }),
  contextWith({
    layers: [
      ...layersOf({ repeat: 2 }).slice(0, 1),
      { dropout: 0.9 },
      { dense: { units: 64, dropout: 0.9 } },
      { dense: { units: 10 } },
    ],
  }),
  contextWith({ layers: layersOf({}, { activation: 'leaky_relu' }) }),
  contextWith({ layers: layersOf({}, { activation: { leaky_relu: 0.02 } }) }),
  contextWith({ layers: [...layersOf({}).slice(0, 1), { dense: { units: 3 } }, { dense: { units: 10 } }] }),
  contextWith({
    layers: [...layersOf({}).slice(0, 1), { dense: { units: 1, activation: 'prelu' } }, { dense: { units: 10 } }],
  }),
  contextWith({ layers: layersOf({}) }, { schedule: { step: { at: ['10 steps'], factor: 0.001 } } }),
];

/** What a run shows. */
const LIVE: readonly MessageCase[] = [
  ...[he, stored(0.2, 6), fanOut, contextWith({ init: 'xavier', layers: layersOf({ repeat: 3 }) })].flatMap(
    (context) => [
      { context, observations: vanishing(context) },
      { context, observations: exploding(context) },
    ],
  ),
  { context: he, observations: [step(1, Number.NaN)] },
  { context: large, observations: [step(1, Number.NaN)] },
  { context: contextOf({ train: { schedule: { step: { at: ['80 steps'], factor: 0.01 } } } }), observations: dropped },
  {
    context: contextOf({ train: { steps: 300, schedule: { plateau: { factor: 0.01, patience: '200 steps' } } } }),
    observations: dropped,
  },
  { context: stored(0.01, 6), observations: shrinking },
  { context: he, observations: killed },
  { context: bright, observations: [{ kind: 'start' }, ...exploding(bright)] },
  { context: he, observations: [step(1, 2.3), ...range(110).map((i) => step(i + 1, Number.NaN))] },
  {
    context: he,
    observations: [step(1, 2.3), evaluation(1, { loss: Number.NaN, trainLoss: Number.NaN })],
  },
  // Nothing is learnt, all numbers but one are in order, and no cause is found.
  {
    context: he,
    observations: [
      ...guessed(1, 1),
      probe(he, 1),
      ...guessed(2, 190),
      probe(he, 190, () => ({ updateRatio: 1e-5 })),
      ...guessed(191, 210),
    ],
  },
];

export const MESSAGE_CASES: readonly MessageCase[] = [
  ...[...STATIC, ...CONFIGURATION].map((context) => ({ context, observations: [] })),
  ...LIVE,
];
