/**
 * The gradient is too small to move the weights (paper, section 2.2: a 30-layer network under `xavier` stalls completely).
 *
 * Live, it is the median over weighted layers of the gradient per weight, ‖∂E/∂w‖ / ‖w‖. Comparing the first layer's gradient
 * with the last one's finds nothing: without biases ⟨w, ∂E/∂w⟩ is the same for every layer of a rectified network, so a wrong
 * scale shrinks every layer's gradient alike. At step 1 healthy networks have 0.025 to 1.0, vanishing ones 1e-12 to 6.6e-4.
 *
 * Known false positives: a small gradient of a finished network (hence only early, only while nothing is learnt); a rate that
 * blew up or dead layers kill the gradient too (hence not after a rise of the loss, nor with a dead layer).
 */
import { type Initialization, isWeighted, type SourcePath } from '../config.ts';
import { slopeOf } from '../layers/rectifier.ts';
import { type Network, weightedLayers } from '../network/network.ts';
import { propagate } from '../propagation/propagate.ts';
import { hasLearnt, hasRisen, type LearningState, learn, startLearning } from './learning.ts';
import type { FileChange, Finding, LiveRule, ProbedLayer } from './rule.ts';

const ID = 'vanishing-gradient';

/** Least gradient per weight, median over layers, of a network that can learn. */
const LEAST_GRADIENT_PER_WEIGHT = 3e-3;
const LIVE_SOURCE =
  'between healthy (0.025 to 1.0) and vanishing (below 6.6e-4) networks at step 1, over 100 trainings';

/** What must be left of the gradient that `he` would give: below, learning begins late; below the second, not at all. */
const WARNING_FACTOR = 3e-2;
const ERROR_FACTOR = 3e-4;
const STATIC_SOURCE =
  '36 trainings at 6, 12 and 18 layers, initialisation scaled; the paper’s 22 layers (7e-4, late) and 30 (4e-5, never)';

/** Later than this a small gradient may be that of a finished network. */
const LAST_STEP = 50;
/** Probes in a row. */
const PERSISTENCE = 2;
const DEAD = 0.9;

const describeInit = (init: Initialization): string =>
  init.kind === 'gaussian'
    ? `gaussian: ${init.std}`
    : init.kind === 'from'
      ? `from: ${init.file}`
      : init.mode === 'fan_in'
        ? init.kind
        : `${init.kind}: ${init.mode}`;

/** Two digits, as a person reads them. */
const short = (value: number): string =>
  value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential(1) : Number(value.toPrecision(2)).toString();

/** `init: he`, once for the network, and the layers' own initialisations taken away. */
function fixOf(network: Network): Finding['fix'] {
  const others = weightedLayers(network).filter(({ layer }) => layer.init.kind !== 'he');
  const paths = new Map(others.map(({ layer }) => [layer.initSource.join('/'), layer.initSource]));
  if (paths.size === 0) return undefined;
  const changes = [...paths.values()].map(
    (path): FileChange => (path.length === 2 ? { kind: 'set', path, value: 'he' } : { kind: 'remove', path }),
  );
  return { title: 'Initialise for rectifiers: init: he', changes };
}

/** Where the initialisation of a layer was written. */
function sourceOf(network: Network, name: string): SourcePath {
  const layer = network.layers.find((placed) => placed.layer.name === name)?.layer;
  return layer && isWeighted(layer) ? layer.initSource : ['network'];
}

/** What the prediction says of the cause, as a second sentence; nothing where it sees no fault. */
function cause(network: Network): { sentence: string; factor: number } {
  const { backwardFactor } = propagate(network);
  const rectified = weightedLayers(network).filter(({ layer }) => slopeOf(layer.activation) < 1);
  const [first] = weightedLayers(network);
  if (backwardFactor >= WARNING_FACTOR || !first || rectified.length === 0)
    return { sentence: '', factor: backwardFactor };
  const each = backwardFactor ** (1 / rectified.length);
  const init = describeInit(first.layer.init);
  return {
    factor: backwardFactor,
    sentence: ` \`init: ${init}\` leaves ${short(backwardFactor)} of the gradient that \`he\` would give: each of ${rectified.length} rectified layers keeps ${each.toFixed(2)} of it.`,
  };
}

interface VanishingState {
  readonly learning: LearningState;
  /** Probes in a row below the limit. */
  readonly below: number;
  readonly found: boolean;
}

const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2;
};

const perWeight = ({ gradientNorm, weightNorm }: ProbedLayer): number =>
  weightNorm > 0 ? gradientNorm / weightNorm : Number.NaN;

/** The live rule: two probes in a row below the limit, within the first 50 steps, while nothing is learnt. */
export const vanishingGradient: LiveRule<VanishingState> = {
  id: ID,
  start: () => ({ learning: startLearning, below: 0, found: false }),
  observe(state, observation, { network, batchSize, classCounts }) {
    if (observation.kind === 'step')
      return { state: { ...state, learning: learn(state.learning, observation, batchSize) } };
    const { step, layers } = observation;
    const values = layers.map(perWeight);
    const measured = median(values);
    const dead = layers.some(({ deadFraction }) => deadFraction >= DEAD);
    const healthy = hasLearnt(state.learning, classCounts) || hasRisen(state.learning, classCounts) || dead;
    const below = measured < LEAST_GRADIENT_PER_WEIGHT && step <= LAST_STEP && !healthy ? state.below + 1 : 0;
    if (below < PERSISTENCE || state.found) return { state: { ...state, below } };
    const least = values.indexOf(Math.min(...values));
    const layer = layers[least]?.name ?? '';
    const { sentence, factor } = cause(network);
    const fix = fixOf(network);
    return {
      state: { ...state, below, found: true },
      finding: {
        rule: ID,
        severity: 'error',
        step,
        layer,
        source: sourceOf(network, layer),
        message: `The gradient vanishes: in the median layer it is ${short(measured)} of the weights, and a network that learns has at least ${LEAST_GRADIENT_PER_WEIGHT}.${sentence}`,
        evidence: { gradient_per_weight: measured, by_layer: values, least_layer: layer },
        threshold: LEAST_GRADIENT_PER_WEIGHT,
        thresholdSource: LIVE_SOURCE,
        measured,
        ...(factor < WARNING_FACTOR && { predicted: factor }),
        ...(fix && { fix }),
      },
    };
  },
};

/** The static rule: what the initialisation leaves of the gradient, relative to `he` on the same network. */
export function checkVanishingGradient(network: Network): Finding | undefined {
  const { backwardFactor, layers } = propagate(network);
  if (backwardFactor >= WARNING_FACTOR) return undefined;
  const { sentence } = cause(network);
  const [first] = layers;
  const fix = fixOf(network);
  const verdict =
    backwardFactor < ERROR_FACTOR
      ? 'The gradient will vanish: these layers will not learn.'
      : 'The gradient will nearly vanish: these layers will learn late.';
  return {
    rule: ID,
    severity: backwardFactor < ERROR_FACTOR ? 'error' : 'warning',
    step: 0,
    layer: first?.name ?? '',
    source: sourceOf(network, first?.name ?? ''),
    message: `${verdict}${sentence}`,
    evidence: { backward_factor: backwardFactor, backward_gain: layers.map(({ backwardGain }) => backwardGain) },
    threshold: backwardFactor < ERROR_FACTOR ? ERROR_FACTOR : WARNING_FACTOR,
    thresholdSource: STATIC_SOURCE,
    predicted: backwardFactor,
    ...(fix && { fix }),
  };
}
