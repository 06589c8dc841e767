/**
 * The gradient is too small to move the weights (paper, section 2.2: a 30-layer network under `xavier` stalls completely).
 *
 * Live, it is the median over weighted layers of the gradient per weight, ‖∂E/∂w‖ / ‖w‖. Comparing the first layer's gradient
 * with the last one's finds nothing: without biases ⟨w, ∂E/∂w⟩ is the same for every layer of a rectified network, so a wrong
 * scale shrinks every layer's gradient alike. At step 1 healthy networks have 0.025 to 1.0, vanishing ones 1e-12 to 6.6e-4.
 */

import { weightedLayers } from '../network/network.ts';
import { short } from '../numbers/format.ts';
import { gradientPerWeight, LEAST_GRADIENT_PER_WEIGHT } from '../numbers/gradient-per-weight.ts';
import { median } from '../numbers/statistics.ts';
import { hasRisen, isLearning } from './history.ts';
import { factorByLayer, initMayFail, initOrigin, mainInit, remedyOf } from './initialisation.ts';
import type { LiveTest, Rule, StaticContext } from './rule.ts';

const LIVE_SOURCE =
  'between healthy (0.025 to 1.0) and vanishing (below 6.6e-4) networks at step 1, over 100 trainings';

/** What must be left of the gradient that `he` would give: below, learning begins late; below the second, not at all. */
export const WARNING_FACTOR = 3e-2;
export const ERROR_FACTOR = 3e-4;
export const FACTOR_SOURCE =
  '36 trainings at 6, 12 and 18 layers, initialisation scaled; the paper’s 22 layers (7e-4, late) and 30 (4e-5, never)';

/** Later than this a small gradient may be that of a finished network. */
const LAST_STEP = 50;
const DEAD = 0.9;

/** The cause, where the prediction sees it: what the initialisation leaves of the gradient. */
const leaves = ({ network, propagation: { backwardFactor } }: StaticContext): string =>
  `\`init: ${mainInit(network)}\` leaves ${short(backwardFactor)} of the gradient that \`he\` would give`;

const measured: LiveTest = {
  judges: 'probe',
  persistence: 2,
  judge(observation, history, context) {
    if (observation.kind !== 'probe' || observation.step > LAST_STEP) return undefined;
    const { layers } = observation;
    const values = layers.map(gradientPerWeight);
    const perWeight = median(values);
    const dead = layers.some(({ deadFraction }) => deadFraction >= DEAD);
    if (!(perWeight < LEAST_GRADIENT_PER_WEIGHT) || dead || isLearning(history, context) || hasRisen(history, context))
      return undefined;
    const layer = layers[values.indexOf(Math.min(...values))]?.name ?? '';
    const { network, propagation } = context;
    const isPredicted = propagation.backwardFactor < WARNING_FACTOR;
    const { fix, advice } = remedyOf(network);
    const why =
      fix && isPredicted ? ` ${leaves(context)}: ${factorByLayer(network, propagation.backwardFactor)}.` : advice;
    return {
      severity: 'error',
      layer,
      origin: initOrigin(network, layer),
      message: `The gradient vanishes: in the median layer it is ${short(perWeight)} of the weights, and a network that learns has at least ${LEAST_GRADIENT_PER_WEIGHT}.${why}`,
      evidence: { gradient_per_weight: perWeight, by_layer: values, least_layer: layer },
      threshold: LEAST_GRADIENT_PER_WEIGHT,
      thresholdSource: LIVE_SOURCE,
      measured: perWeight,
      ...(isPredicted
        ? { predicted: propagation.backwardFactor }
        : { relation: initMayFail(network) ? 'symptom' : 'only-symptom' }),
      fix,
    };
  },
};

export const vanishingGradient: Rule = {
  id: 'vanishing-gradient',
  detail:
    'A gradient that is a thousandth of a healthy one moves nothing, whatever the learning rate: weight decay then shrinks the weights, and the loss stays at that of guessing. The gradient is judged per weight, as the median over the layers, since a wrong initialisation weakens all layers alike. The prediction compares with `he` on the same network, so that pooling and strides, which weaken the gradient on purpose, cancel out.',
  notes: {
    quantity:
      'Before training: the least, over hidden layers, of the predicted gradient relative to `he` on the same network, counted from the last hidden layer on. Live: the median over weighted layers of the gradient per weight, ‖∂E/∂w‖ / ‖w‖.',
    test: `Before training: below ${WARNING_FACTOR}. Live: below ${LEAST_GRADIENT_PER_WEIGHT} at 2 probes in a row within the first ${LAST_STEP} steps, while nothing is learnt, the loss has not risen before, and no layer is ${100 * DEAD} % dead.`,
    severity: `Before training: warning (learns late), error below ${ERROR_FACTOR} (does not learn). Live: error.`,
    fix: '`init: he`, once for the network; initialisations of single layers are taken away.',
    source: `Live: ${LIVE_SOURCE}. Before training: ${FACTOR_SOURCE}.`,
    falsePositives:
      'A finished network has a small gradient, hence only early and only while nothing is learnt. A rate that blew up, or dead layers, kill the gradient too, hence not after a rise of the loss nor with a dead layer. A last layer that starts small on purpose is left out of the prediction. Where all is `he`, this is a consequence of something else, or silent.',
    end: 'The network learns, or the gradient per weight is back above the limit.',
  },
  predict(context) {
    const { backwardFactor, layers } = context.propagation;
    if (backwardFactor >= WARNING_FACTOR) return undefined;
    const layer = weightedLayers(context.network)[0]?.layer.name ?? '';
    const never = backwardFactor < ERROR_FACTOR;
    const { fix, advice } = remedyOf(context.network);
    const what = never
      ? 'The gradient will vanish, and the network will not learn'
      : 'The gradient will nearly vanish, and the network will learn late';
    return {
      severity: never ? 'error' : 'warning',
      layer,
      origin: initOrigin(context.network, layer),
      message: fix
        ? `${what}. ${leaves(context)}: ${factorByLayer(context.network, backwardFactor)}.`
        : `${what}: ${leaves(context)}, and at least ${WARNING_FACTOR} is needed.${advice}`,
      evidence: { backward_factor: backwardFactor, backward_gain: layers.map(({ backwardGain }) => backwardGain) },
      threshold: never ? ERROR_FACTOR : WARNING_FACTOR,
      thresholdSource: FACTOR_SOURCE,
      predicted: backwardFactor,
      fix,
    };
  },
  watch: [measured],
  recovery: {
    judges: 'probe',
    isOver: (observation, history, context) =>
      observation.kind === 'probe' &&
      (isLearning(history, context) || median(observation.layers.map(gradientPerWeight)) >= LEAST_GRADIENT_PER_WEIGHT),
  },
};
