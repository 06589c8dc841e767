/**
 * For every rule, histories in which it has to speak, and what ends its finding: numbers made by formulas, not by training. The
 * messages of docs/rules.md come from here, too.
 */
import { placeNetwork, weightedLayers } from '../../server/domain/network/network.ts';
import { type StoredMoments, withMoments } from '../../server/domain/network/stored-weights.ts';
import type { ProbedLayer } from '../../server/domain/probe/quantities.ts';
import { propagate } from '../../server/domain/propagation/propagate.ts';
import type { Observation, RuleContext } from '../../server/domain/rules/observation.ts';
import type { RuleId } from '../../server/domain/rules/rule-ids.ts';
import { configOf } from './networks.ts';
import { healthySurvey, SURVEY_SCENARIOS } from './surveys.ts';

type Context = RuleContext & { ignore: readonly string[] };

/** Ten classes of which each has a hundred examples; guessing gives a loss of ln 10. */
const GUESS = Math.log(10);

interface Change {
  /** Keys as a run file writes them. */
  readonly network?: Record<string, unknown>;
  readonly train?: Record<string, unknown>;
  readonly facts?: Partial<Pick<RuleContext, 'classCounts' | 'classes' | 'data' | 'input'>>;
}

export function contextOf({ network: keys = {}, train: trainKeys = {}, facts = {} }: Change = {}): Context {
  const config = configOf({
    network: {
      input: [8, 8, 1],
      layers: [{ conv: { filters: 4, kernel: 3, repeat: 6 } }, { dense: { units: 10 } }],
      ...keys,
    },
    train: { batch_size: 64, steps: 1000, learning_rate: 0.01, momentum: 0.9, weight_decay: 0.0005, ...trainKeys },
  });
  const network = placeNetwork(config.network);
  return {
    network,
    train: config.train,
    stepsPerEpoch: 20,
    classCounts: new Array<number>(10).fill(100),
    input: { mean: 0, deviation: 1, meanSquare: 1, correlation: 0 },
    data: healthySurvey(),
    propagation: propagate(network),
    ignore: [],
    ...facts,
  };
}

/** A network whose weights come from a file: all layers start so, or only one. */
export function storedContext(
  start: StoredMoments,
  { repeat = 6, only }: { repeat?: number; only?: string } = {},
): Context {
  const layers = [{ conv: { filters: 4, kernel: 3, repeat } }, { dense: { units: 10 } }];
  const { network: config } = configOf({
    network: { input: [8, 8, 1], init: { from: '/runs/w.safetensors' }, layers },
  });
  const placed = placeNetwork(config);
  const moments = weightedLayers(placed).map(({ layer: { name } }) => [
    name,
    !only || only === name ? start : { std: 0.2 },
  ]);
  const network = withMoments(placed, Object.fromEntries(moments));
  return { ...contextOf(), network, propagation: propagate(network) };
}

export const step = (at: number, loss: number, top1 = 90, learningRate = 0.01): Observation => ({
  kind: 'step',
  step: at,
  loss,
  top1,
  learningRate,
});

/** A probe of a healthy network, with what is changed in all layers or in one. */
export function probe(
  { network, propagation }: RuleContext,
  at: number,
  change: (layer: ProbedLayer, i: number) => Partial<ProbedLayer> = () => ({}),
): Observation {
  const layers = propagation.layers.map(({ name, heForwardStd }, i): ProbedLayer => {
    const layer = {
      name,
      gradientNorm: 0.2,
      weightNorm: 2,
      decayNorm: 0.001,
      updateRatio: 0.003,
      activationStd: heForwardStd,
      activationRms: heForwardStd,
      deadFraction: 0,
    };
    return { ...layer, ...change(layer, i) };
  });
  if (layers.length === 0) throw new Error(`no layers in ${network.classes} classes`);
  return { kind: 'probe', step: at, layers };
}

/** Counts of 100 examples a class: `right` on the diagonal, the rest evenly, or on the next class only. */
const confusion = (right: number, evenly: boolean) =>
  Array.from({ length: 10 }, (_, i) =>
    Array.from({ length: 10 }, (__, j) => {
      if (i === j) return right;
      if (evenly) return (100 - right) / 9;
      return j === (i + 1) % 10 ? 100 - right : 0;
    }),
  );

/** Counts of 100 examples a class by what each is taken for: share of it, the rest right. */
export const takenFor = (predicted: (label: number) => number, share = 100): number[][] =>
  Array.from({ length: 10 }, (_, i) =>
    Array.from({ length: 10 }, (__, j) => (j === predicted(i) ? share : 0) + (j === i ? 100 - share : 0)),
  );

/** Counts of predictions that have nothing to do with the labels. */
export const UNRELATED = Array.from({ length: 10 }, () => new Array<number>(10).fill(10));

export const evaluation = (
  at: number,
  losses: { loss: number; trainLoss: number; top1?: number; trainTop1?: number },
  counts?: number[][],
): Observation => ({
  kind: 'evaluation',
  step: at,
  epoch: at / 20,
  top1: 30,
  trainTop1: 28,
  ...losses,
  ...(counts && { confusion: counts }),
});

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);
/** A loss that wobbles by 5 % around what it is. */
const wobble = (at: number): number => 1 + 0.05 * Math.sin(at * 2.4);

/** A run that learns, probed and evaluated: no rule has anything to say. */
export function healthyRun(context: Context = contextOf()): Observation[] {
  return [
    { kind: 'start' },
    ...range(1, 200).flatMap((at): Observation[] => {
      const loss = (0.5 + 1.8 * Math.exp(-at / 60)) * wobble(at);
      return [
        step(at, loss, 20 + 70 * Math.exp(-at / 60)),
        ...(at < 6 || at % 10 === 0 ? [probe(context, at)] : []),
        ...(at % 20 === 0 ? [evaluation(at, { loss: loss + 0.1, trainLoss: loss }, confusion(80, false))] : []),
      ];
    }),
  ];
}

export interface Scenario {
  readonly rule: RuleId;
  /** Which of its tests. */
  readonly name: string;
  readonly context: Context;
  /** The finding comes with the last of these, and not before. */
  readonly observations: readonly Observation[];
  readonly severity: 'error' | 'warning' | 'information';
  readonly measured: number;
  /** The finding ends with the last of these, and not before; absent if it never ends. */
  readonly recovery?: readonly Observation[];
}

const context = contextOf();
const xavier = contextOf({
  network: {
    input: [8, 8, 1],
    init: 'xavier',
    layers: [{ conv: { filters: 4, kernel: 3, repeat: 29 } }, { dense: { units: 10 } }],
  },
});
const gaussian = contextOf({
  network: {
    input: [8, 8, 1],
    init: { gaussian: 1.5 },
    layers: [{ conv: { filters: 4, kernel: 3, repeat: 6 } }, { dense: { units: 10 } }],
  },
});
/** A decay that wins over a healthy gradient. */
const decaying = contextOf({ train: { weight_decay: 0.3 } });
/** It ends after three epochs. */
const short = contextOf({ train: { steps: 60 } });
const named = contextOf({
  facts: { classes: 'bag boot coat dress heel pullover sandal shirt shoe trousers'.split(' ') },
});
const healthyProbes = (from: number, count: number, own = context) =>
  range(0, count - 1).map((i) => probe(own, from + 10 * i));
const learning = (from: number, count: number) => range(from, from + count - 1).map((at) => step(at, 0.8, 25));
const flat = (from: number, to: number, loss = GUESS) => range(from, to).map((at) => step(at, loss));

/** Falls to 1.5 in 60 steps, and stays there. */
const plateau = (to: number) =>
  range(1, to).map((at) => step(at, at < 60 ? GUESS - 0.0135 * at : 1.5 * wobble(at), 45));

const START: readonly Observation[] = [{ kind: 'start' }];
const threeLayers = (dense: Record<string, unknown>, last: Record<string, unknown> = {}) =>
  contextOf({
    network: {
      input: [8, 8, 1],
      layers: [
        { conv: { filters: 4, kernel: 3 } },
        { dense: { units: 64, ...dense } },
        { dense: { units: 10, ...last } },
      ],
    },
  });

export const SCENARIOS: readonly Scenario[] = [
  ...SURVEY_SCENARIOS.map(
    ({ data, ...scenario }): Scenario => ({
      ...scenario,
      context: contextOf({ facts: { data } }),
      observations: [{ kind: 'start' }],
    }),
  ),
  {
    rule: 'single-class',
    name: 'one folder',
    context: contextOf({ facts: { classCounts: [0, 80], data: healthySurvey({ classes: ['box', 'disc'] }) } }),
    observations: [{ kind: 'start' }],
    severity: 'error',
    measured: 1,
  },
  {
    rule: 'input-not-normalized',
    name: 'raw bytes',
    context: contextOf({ facts: { input: { mean: 73, deviation: 90, meanSquare: 13_429, correlation: 0.4 } } }),
    observations: [{ kind: 'start' }],
    severity: 'error',
    measured: 13_429,
  },
  {
    rule: 'class-imbalance',
    name: 'one class in 25',
    context: contextOf({ facts: { classCounts: [500, ...new Array<number>(9).fill(20)] } }),
    observations: [{ kind: 'start' }],
    severity: 'warning',
    measured: 25,
  },
  {
    rule: 'symmetric-start',
    name: 'weights that are all equal',
    context: storedContext({ std: 0.04, unitsAlike: true }),
    observations: START,
    severity: 'error',
    measured: 6,
  },
  {
    rule: 'dead-from-start',
    name: 'biases of −6',
    context: storedContext({ std: 0.4, bias: { mean: -6, rms: 6 } }),
    observations: START,
    severity: 'error',
    measured: 0,
  },
  {
    rule: 'dropout-too-strong',
    name: '0.95 once',
    context: threeLayers({ dropout: 0.95 }),
    observations: START,
    severity: 'warning',
    measured: 0.05,
  },
  {
    rule: 'activation-on-logits',
    name: 'relu',
    context: threeLayers({}, { activation: 'relu' }),
    observations: START,
    severity: 'error',
    measured: 0,
  },
  {
    rule: 'bottleneck',
    name: 'one unit',
    context: threeLayers({ units: 1 }),
    observations: START,
    severity: 'error',
    measured: 1,
  },
  {
    rule: 'schedule-never-useful',
    name: 'a warm-up of ten times the run',
    context: contextOf({ train: { schedule: { warmup: '10000 steps' } } }),
    observations: START,
    severity: 'warning',
    measured: 0.1,
  },
  {
    rule: 'schedule-never-useful',
    name: 'a plateau that drops the rate at once',
    context: contextOf({ train: { schedule: { plateau: { factor: 0.001, patience: '20 steps' } } } }),
    observations: [...flat(1, 40), step(41, GUESS, 90, 0.00001)],
    severity: 'warning',
    measured: 0.96,
  },
  {
    rule: 'batch-too-small',
    name: 'one example',
    context: contextOf({ train: { batch_size: 1 } }),
    observations: START,
    severity: 'warning',
    measured: 0.1,
  },
  {
    rule: 'vanishing-gradient',
    name: '30 layers of xavier',
    context: xavier,
    observations: [1, 2].map((at) => probe(xavier, at, () => ({ gradientNorm: 2.2e-5 }))),
    severity: 'error',
    measured: 1.1e-5,
    recovery: healthyProbes(5, 6, xavier),
  },
  {
    rule: 'vanishing-signal',
    name: '30 layers of xavier',
    context: xavier,
    observations: [1, 2].map((at) =>
      probe(xavier, at, ({ activationRms }, i) => ({ activationRms: i === 28 ? activationRms * 1e-4 : activationRms })),
    ),
    severity: 'error',
    measured: 1e-4,
    recovery: healthyProbes(5, 6, xavier),
  },
  {
    rule: 'exploding-signal',
    name: 'gaussian 1.5',
    context: gaussian,
    observations: [probe(gaussian, 1, ({ activationRms }, i) => ({ activationRms: activationRms * 3 ** (i + 1) }))],
    severity: 'error',
    measured: 3 ** 6,
    recovery: healthyProbes(2, 3, gaussian),
  },
  {
    rule: 'exploding-gradient',
    name: 'gaussian 1.5',
    context: gaussian,
    observations: [probe(gaussian, 1, () => ({ gradientNorm: 500 }))],
    severity: 'error',
    measured: 250,
    recovery: healthyProbes(2, 3, gaussian),
  },
  {
    rule: 'bad-initial-loss',
    name: 'large logits',
    context: gaussian,
    observations: [step(1, 126)],
    severity: 'error',
    measured: 126,
    recovery: [...flat(2, 5, 5), ...flat(6, 12, 2)],
  },
  {
    rule: 'learning-rate-too-high',
    name: 'by updates',
    context,
    observations: [5, 10].map((at) => probe(context, at, () => ({ updateRatio: 0.2 }))),
    severity: 'error',
    measured: 0.2,
    recovery: [...learning(11, 20), ...healthyProbes(40, 9)],
  },
  {
    rule: 'learning-rate-too-high',
    name: 'by the loss',
    context,
    observations: [...flat(1, 8), probe(context, 8, () => ({ updateRatio: 0.2 })), ...flat(9, 15, 5)],
    severity: 'error',
    measured: 5,
  },
  {
    rule: 'learning-rate-too-high',
    name: 'by overflow',
    context,
    observations: [...flat(1, 7), step(8, 5), step(9, Number.NaN)],
    severity: 'error',
    measured: Number.NaN,
  },
  {
    rule: 'learning-rate-too-high',
    name: 'by dead units',
    context,
    observations: [
      step(1, GUESS),
      probe(context, 1),
      step(2, 5),
      probe(context, 5, () => ({ updateRatio: 0.2 })),
      ...[10, 20, 30].map((at) => probe(context, at, (_, i) => ({ deadFraction: i === 2 ? 0.95 : 0.1 }))),
    ],
    severity: 'error',
    measured: 0.2,
  },
  {
    rule: 'learning-rate-too-low',
    name: 'by updates',
    context,
    observations: [...flat(1, 19), ...[20, 30, 40, 50].map((at) => probe(context, at, () => ({ updateRatio: 2e-5 })))],
    severity: 'warning',
    measured: 2e-5,
    recovery: healthyProbes(60, 12),
  },
  {
    rule: 'decay-dominates',
    name: 'a small gradient beside the decay',
    context: decaying,
    observations: [...flat(1, 4), ...[5, 10, 15].map((at) => probe(decaying, at, () => ({ decayNorm: 0.4 })))],
    severity: 'error',
    measured: 0.5,
    recovery: healthyProbes(20, 9, decaying),
  },
  {
    rule: 'dead-rectifiers',
    name: 'one layer dead',
    context: { ...context, ignore: ['learning-rate-too-high'] },
    observations: [
      step(1, GUESS),
      probe(context, 1),
      step(2, 5),
      probe(context, 5, () => ({ updateRatio: 0.2 })),
      ...[10, 20, 30].map((at) => probe(context, at, (_, i) => ({ deadFraction: i === 2 ? 0.95 : 0.1 }))),
    ],
    severity: 'error',
    measured: 0.95,
    recovery: healthyProbes(40, 9),
  },
  {
    rule: 'diverged',
    name: 'not finite',
    context,
    observations: [...flat(1, 250), step(251, Number.POSITIVE_INFINITY)],
    severity: 'error',
    measured: Number.POSITIVE_INFINITY,
  },
  {
    rule: 'diverged',
    name: 'far above guessing',
    context,
    observations: [...flat(1, 8), ...range(9, 14).map((at) => step(at, 30))],
    severity: 'error',
    measured: 30,
    recovery: flat(15, 21, 2),
  },
  {
    rule: 'stalled',
    name: 'two hundred steps at guessing',
    context,
    observations: flat(1, 200),
    severity: 'error',
    measured: GUESS,
    recovery: [...flat(201, 210), ...range(211, 218).map((at) => step(at, 1.5, 50))],
  },
  {
    rule: 'plateaued',
    name: 'at 1.5',
    context,
    observations: plateau(145),
    severity: 'warning',
    measured: 0,
    recovery: range(146, 215).map((at) => step(at, 1.5 - 0.02 * (at - 145), 40)),
  },
  {
    rule: 'overfitting',
    name: 'validation rises while training falls',
    context,
    observations: [
      evaluation(20, { loss: 0.6, trainLoss: 0.5 }),
      ...[60, 80].map((at) => evaluation(at, { loss: 0.8, trainLoss: 0.1, top1: 28, trainTop1: 3 })),
    ],
    severity: 'warning',
    measured: 0.8 / 0.6,
    recovery: range(5, 6).map((i) => evaluation(20 * i, { loss: 0.55, trainLoss: 0.5 })),
  },
  {
    rule: 'label-noise-suspected',
    name: 'errors spread evenly',
    context,
    observations: [20, 40].map((at) => evaluation(at, { loss: 1.8, trainLoss: 1.7 }, confusion(64, true))),
    severity: 'warning',
    measured: 0.36,
    recovery: range(3, 8).map((i) => evaluation(20 * i, { loss: 0.6, trainLoss: 0.5 }, confusion(80, false))),
  },
  {
    rule: 'diverged',
    name: 'validation that is no number',
    context,
    observations: [...learning(1, 20), evaluation(20, { loss: Number.NaN, trainLoss: 0.8 })],
    severity: 'error',
    measured: Number.NaN,
  },
  {
    rule: 'stalled',
    name: 'a short run that ends at guessing',
    context: short,
    observations: [...flat(1, 60), evaluation(60, { loss: GUESS, trainLoss: GUESS, top1: 90, trainTop1: 90 })],
    severity: 'error',
    measured: GUESS,
    recovery: [...flat(61, 70), ...range(71, 78).map((at) => step(at, 1.5, 50))],
  },
  {
    rule: 'worse-than-guessing',
    name: 'one class for all images',
    context: named,
    observations: [20, 40].map((at) =>
      evaluation(
        at,
        { loss: 8, trainLoss: 0.2, top1: 90, trainTop1: 5 },
        takenFor(() => 3),
      ),
    ),
    severity: 'error',
    measured: 90,
    recovery: [60, 80].map((at) => evaluation(at, { loss: 0.6, trainLoss: 0.1, trainTop1: 3 }, confusion(80, false))),
  },
  {
    rule: 'worse-than-guessing',
    name: 'after a first epoch that learnt',
    context,
    observations: [
      ...learning(1, 20),
      ...[20, 40].map((at) => evaluation(at, { loss: 4, trainLoss: 0.2, top1: 90, trainTop1: 5 }, UNRELATED)),
    ],
    severity: 'error',
    measured: 90,
    recovery: [60, 80].map((at) => evaluation(at, { loss: 0.6, trainLoss: 0.1, trainTop1: 3 }, confusion(80, false))),
  },
  {
    rule: 'worse-than-guessing',
    name: 'by its loss',
    context,
    observations: [
      ...learning(1, 20),
      ...[20, 40].map((at) => evaluation(at, { loss: 60, trainLoss: 0.4, trainTop1: 20 }, confusion(70, false))),
    ],
    severity: 'error',
    measured: 60,
    recovery: [60, 80].map((at) => evaluation(at, { loss: 0.6, trainLoss: 0.3, trainTop1: 18 }, confusion(80, false))),
  },
  {
    rule: 'validation-labels-permuted',
    name: 'two classes swapped',
    context: named,
    observations: [20, 40].map((at) =>
      evaluation(
        at,
        { loss: 3, trainLoss: 0.2, top1: 18, trainTop1: 5 },
        takenFor((label) => (label < 2 ? 1 - label : label), 90),
      ),
    ),
    severity: 'error',
    measured: 0.9,
    recovery: [60, 80].map((at) => evaluation(at, { loss: 0.6, trainLoss: 0.1, trainTop1: 3 }, confusion(80, false))),
  },
  {
    rule: 'validation-labels-permuted',
    name: 'all classes shifted by one',
    context,
    observations: [20, 40].map((at) =>
      evaluation(
        at,
        { loss: 6, trainLoss: 0.2, top1: 80, trainTop1: 5 },
        takenFor((label) => (label + 1) % 10, 80),
      ),
    ),
    severity: 'error',
    measured: 0.8,
  },
  {
    rule: 'labels-unrelated',
    name: 'learnt by heart',
    context: contextOf({ facts: { data: undefined } }),
    observations: [60, 80].map((at) => evaluation(at, { loss: 3, trainLoss: 0.8, top1: 90, trainTop1: 25 }, UNRELATED)),
    severity: 'warning',
    measured: 90,
    recovery: [100, 120].map((at) => evaluation(at, { loss: 0.6, trainLoss: 0.1, trainTop1: 3 }, confusion(80, false))),
  },
  {
    rule: 'labels-unrelated',
    name: 'not learnt at all',
    context: { ...short, data: undefined },
    observations: [
      step(1, GUESS),
      probe(short, 1),
      ...flat(2, 60),
      probe(short, 60),
      evaluation(60, { loss: GUESS, trainLoss: GUESS, top1: 90, trainTop1: 90 }, UNRELATED),
    ],
    severity: 'warning',
    measured: GUESS,
    recovery: [80, 100].map((at) => evaluation(at, { loss: 0.6, trainLoss: 0.1, trainTop1: 3 }, confusion(80, false))),
  },
];
