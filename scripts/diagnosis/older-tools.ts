/** The rules of the tools before us, as far as a run records their inputs, with their own thresholds. */
import type { RuleId } from '../../server/domain/rules/rule-ids.ts';

interface Layer {
  readonly gradient_norm: number | string;
  readonly weight_norm: number | string;
  readonly update_ratio: number | string;
  readonly dead_fraction: number | string;
}
type Event = { readonly event: string } & Record<string, unknown>;

/** The events of one run, as `train --json` prints them. */
export interface Trace {
  readonly events: readonly Event[];
}

export interface OlderRule {
  readonly tool: string;
  readonly name: string;
  /** Its test and default, for the table. */
  readonly test: string;
  /** Our corresponding rules: if any of these must be found, this one must fire. */
  readonly means: readonly RuleId[];
  fires(trace: Trace): boolean;
}

const steps = ({ events }: Trace) => events.filter(({ event }) => event === 'step');
const probes = ({ events }: Trace) =>
  events.filter(({ event }) => event === 'probe').map(({ layers }) => layers as Layer[]);
const evaluations = ({ events }: Trace) => events.filter(({ event }) => event === 'evaluation');
const losses = (trace: Trace) => steps(trace).map(({ loss }) => Number(loss));
const notFinite = (trace: Trace) => losses(trace).some((loss) => !Number.isFinite(loss));
const norm = ({ gradient_norm }: Layer) => Number(gradient_norm);
const someLayer = (trace: Trace, test: (layer: Layer) => boolean) => probes(trace).some((layers) => layers.some(test));

/** A norm over at most 1e4 weights is taken as 100 times their mean. */
const meanBelow = (trace: Trace, limit: number) => someLayer(trace, (layer) => norm(layer) / 100 < limit);

/** First and last layer's gradient at each probe. */
const ends = (trace: Trace) =>
  probes(trace).map((layers) => [layers[0], layers.at(-1)].map((layer) => (layer ? norm(layer) : Number.NaN)));

/** η‖g‖/‖w‖ of any layer at any probe outside the two limits. */
function rateOutside(trace: Trace, [low, high]: readonly [number, number]): boolean {
  const rates = new Map(steps(trace).map(({ step, learning_rate }) => [step, Number(learning_rate)]));
  return trace.events.some(({ event, step, layers }) => {
    if (event !== 'probe') return false;
    const rate = rates.get(step) ?? Number.NaN;
    return (layers as Layer[]).some((layer) => {
      const moved = (rate * norm(layer)) / Number(layer.weight_norm);
      return moved < low || moved > high;
    });
  });
}

const SAGEMAKER = 'SageMaker Debugger';
const AUTOTRAINER = 'AUTOTRAINER';
const DEEPDIAGNOSIS = 'DeepDiagnosis';
const VANISHING: readonly RuleId[] = ['vanishing-gradient', 'vanishing-signal'];
const EXPLODING: readonly RuleId[] = ['exploding-gradient', 'exploding-signal', 'diverged'];
const RATE: readonly RuleId[] = ['learning-rate-too-high', 'learning-rate-too-low'];

export const OLDER_RULES: readonly OlderRule[] = [
  {
    tool: SAGEMAKER,
    name: 'VanishingGradient',
    test: 'mean absolute gradient < 1e-7',
    means: VANISHING,
    fires: (trace) => meanBelow(trace, 1e-7),
  },
  {
    tool: SAGEMAKER,
    name: 'ExplodingTensor',
    test: 'not finite',
    means: EXPLODING,
    fires: notFinite,
  },
  {
    tool: SAGEMAKER,
    name: 'DeadRelu',
    test: 'more than 50 % of a layer',
    means: ['dead-rectifiers'],
    fires: (trace) => someLayer(trace, ({ dead_fraction }) => Number(dead_fraction) > 0.5),
  },
  {
    tool: SAGEMAKER,
    name: 'WeightUpdateRatio',
    test: '> 10 or < 1e-8',
    means: RATE,
    fires: (trace) => someLayer(trace, ({ update_ratio }) => Number(update_ratio) > 10 || Number(update_ratio) < 1e-8),
  },
  {
    tool: SAGEMAKER,
    name: 'LossNotDecreasing',
    test: 'less than 0.1 % in 10 steps',
    means: ['stalled', 'plateaued'],
    fires: (trace) => {
      const all = losses(trace);
      return all.some((loss, i) => i >= 10 && loss > (all[i - 10] ?? Number.POSITIVE_INFINITY) * 0.999);
    },
  },
  {
    tool: SAGEMAKER,
    name: 'Overfit',
    test: 'validation 10 % above training',
    means: ['overfitting'],
    fires: (trace) =>
      evaluations(trace).some(({ loss, train_loss }) => (Number(loss) - Number(train_loss)) / Number(train_loss) > 0.1),
  },
  {
    tool: AUTOTRAINER,
    name: 'vanish',
    test: 'first/last gradient < 1e-3 and first < 1e-4',
    means: VANISHING,
    fires: (trace) => ends(trace).some(([first = 1, last = 1]) => first / last < 1e-3 && first < 1e-4),
  },
  {
    tool: AUTOTRAINER,
    name: 'explode',
    test: 'first/last gradient > 70, loss ≥ 1e3 or not finite',
    means: EXPLODING,
    fires: (trace) =>
      notFinite(trace) ||
      losses(trace).some((loss) => loss >= 1e3) ||
      ends(trace).some(([first = 0, last = 1]) => first / last > 70),
  },
  {
    tool: AUTOTRAINER,
    name: 'dying ReLU',
    test: '≥ 70 % of a layer',
    means: ['dead-rectifiers'],
    fires: (trace) => someLayer(trace, ({ dead_fraction }) => Number(dead_fraction) >= 0.7),
  },
  {
    tool: DEEPDIAGNOSIS,
    name: 'vanishing gradient',
    test: 'mean absolute gradient < 1e-7',
    means: VANISHING,
    fires: (trace) => meanBelow(trace, 1e-7),
  },
  {
    tool: DEEPDIAGNOSIS,
    name: 'dead node',
    test: '≥ 70 % of a layer',
    means: ['dead-rectifiers'],
    fires: (trace) => someLayer(trace, ({ dead_fraction }) => Number(dead_fraction) >= 0.7),
  },
  {
    tool: DEEPDIAGNOSIS,
    name: 'learning rate',
    test: 'η‖g‖/‖w‖ outside 1e-5 … 1e-1',
    means: RATE,
    fires: (trace) => rateOutside(trace, [1e-5, 1e-1]),
  },
  {
    tool: DEEPDIAGNOSIS,
    name: 'numerical error',
    test: 'loss not finite',
    means: EXPLODING,
    fires: notFinite,
  },
];
