/**
 * The signal dies on its way forward: the same recursion as of the gradient, the other way (paper, equation 9). The last layer is
 * left out: one that starts small on purpose is harmless, and the gradients behind it are back by step 5. Pools and averages
 * lower the signal by design, hence the ratio to `he`.
 */

import { short } from '../numbers/format.ts';
import { isLearning } from './history.ts';
import { factorByLayer, initMayFail, initOrigin, mainInit, remedyOf } from './initialisation.ts';
import { signalRatios } from './measures.ts';
import type { LiveTest, Rule } from './rule.ts';
import { ERROR_FACTOR, FACTOR_SOURCE, WARNING_FACTOR } from './vanishing-gradient.ts';

/** Measured at steps 1 and 2. */
const LAST_STEP = 2;

const measured: LiveTest = {
  judges: 'probe',
  persistence: 2,
  judge(observation, _history, { network, propagation, input }) {
    if (observation.kind !== 'probe' || observation.step > LAST_STEP) return undefined;
    const ratios = signalRatios(observation.layers, propagation, input.meanSquare);
    const least = Math.min(...ratios);
    if (!(least < WARNING_FACTOR)) return undefined;
    const layer = observation.layers[ratios.indexOf(least)]?.name ?? '';
    const { fix, advice } = remedyOf(network);
    return {
      severity: least < ERROR_FACTOR ? 'error' : 'warning',
      layer,
      origin: initOrigin(network, layer),
      message: `The signal vanishes: at ${layer} it measures ${short(least)} of what \`he\` would give, and the prediction was ${short(propagation.forwardFactor)}.${advice}`,
      evidence: { signal_by_layer: ratios },
      threshold: least < ERROR_FACTOR ? ERROR_FACTOR : WARNING_FACTOR,
      thresholdSource: FACTOR_SOURCE,
      predicted: propagation.forwardFactor,
      measured: least,
      fix,
      // Where the initialisation is right, something else makes it so.
      ...(!initMayFail(network) && { relation: 'only-symptom' }),
    };
  },
};

export const vanishingSignal: Rule = {
  id: 'vanishing-signal',
  detail:
    'The last layers see only the signal that the first ones pass on: where it vanishes, every image looks alike to them, and all logits are near zero. Signal and gradient vanish together under a wrong initialisation, since both pass the same weights.',
  notes: {
    quantity:
      'The least, over hidden layers, of the size of the pre-activations relative to `he` on the same network: predicted before training, measured (root mean square) at steps 1 and 2.',
    test: `Below ${WARNING_FACTOR}; live at 2 probes in a row, the first two.`,
    severity: `Warning; error below ${ERROR_FACTOR}.`,
    fix: '`init: he`.',
    source: FACTOR_SOURCE,
    falsePositives:
      'Average pooling lowers the signal by design, hence relative to `he`. A last layer that starts small is harmless and left out.',
    end: 'The network learns, or the signal is back above the limit.',
  },
  predict({ network, propagation: { forwardFactor, layers } }) {
    if (forwardFactor >= WARNING_FACTOR) return undefined;
    const layer = layers.at(-2)?.name ?? '';
    const dies = forwardFactor < ERROR_FACTOR;
    const { fix, advice } = remedyOf(network);
    return {
      severity: dies ? 'error' : 'warning',
      layer,
      origin: initOrigin(network, layer),
      message: `The signal will ${dies ? '' : 'nearly '}vanish: at ${layer} \`init: ${mainInit(network)}\` leaves ${short(forwardFactor)} of what \`he\` would give${fix ? `, and ${factorByLayer(network, forwardFactor)}.` : `, and at least ${WARNING_FACTOR} is needed.${advice}`}`,
      evidence: { forward_factor: forwardFactor, forward_gain: layers.map(({ forwardGain }) => forwardGain) },
      threshold: dies ? ERROR_FACTOR : WARNING_FACTOR,
      thresholdSource: FACTOR_SOURCE,
      predicted: forwardFactor,
      fix,
    };
  },
  watch: [measured],
  recovery: {
    judges: 'probe',
    isOver: (observation, history, context) =>
      observation.kind === 'probe' &&
      (isLearning(history, context) ||
        Math.min(...signalRatios(observation.layers, context.propagation, context.input.meanSquare)) >= WARNING_FACTOR),
  },
};
