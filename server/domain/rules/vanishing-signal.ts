/**
 * The signal dies on its way forward: the same recursion as of the gradient, the other way (paper, equation 9). The last layer is
 * left out: one that starts small on purpose is harmless, and the gradients behind it are back by step 5. Pools and averages
 * lower the signal by design, hence the ratio to `he`.
 */
import { short } from './numbers.ts';
import type { LiveRule, StaticRule } from './rule.ts';
import { factorByLayer, fixInit, initSource, mainInit, signalRatios } from './sources.ts';
import { ERROR_FACTOR, FACTOR_SOURCE, WARNING_FACTOR } from './vanishing-gradient.ts';

/** Measured at steps 1 and 2. */
const LAST_STEP = 2;

export const vanishingSignal: LiveRule = {
  id: 'vanishing-signal',
  judges: 'probe',
  persistence: 2,
  judge(observation, _history, { network, propagation, input }) {
    if (observation.kind !== 'probe' || observation.step > LAST_STEP) return undefined;
    const ratios = signalRatios(observation.layers, propagation, input.meanSquare);
    const measured = Math.min(...ratios);
    if (!(measured < WARNING_FACTOR)) return undefined;
    const layer = observation.layers[ratios.indexOf(measured)]?.name ?? '';
    return {
      severity: measured < ERROR_FACTOR ? 'error' : 'warning',
      layer,
      source: initSource(network, layer),
      message: `The signal vanishes: at ${layer} it measures ${short(measured)} of what \`he\` would give, and ${short(propagation.forwardFactor)} was predicted.`,
      evidence: { signal_by_layer: ratios },
      threshold: measured < ERROR_FACTOR ? ERROR_FACTOR : WARNING_FACTOR,
      thresholdSource: FACTOR_SOURCE,
      predicted: propagation.forwardFactor,
      measured,
      fix: fixInit(network),
    };
  },
};

export const vanishingSignalStatic: StaticRule = {
  id: 'vanishing-signal',
  check({ network, propagation: { forwardFactor, layers } }) {
    if (forwardFactor >= WARNING_FACTOR) return undefined;
    const layer = layers.at(-2)?.name ?? '';
    return {
      severity: forwardFactor < ERROR_FACTOR ? 'error' : 'warning',
      layer,
      source: initSource(network, layer),
      message: `The signal will vanish: \`init: ${mainInit(network)}\` leaves ${short(forwardFactor)} of what \`he\` would give at ${layer}${factorByLayer(network, forwardFactor)}.`,
      evidence: { forward_factor: forwardFactor, forward_gain: layers.map(({ forwardGain }) => forwardGain) },
      threshold: forwardFactor < ERROR_FACTOR ? ERROR_FACTOR : WARNING_FACTOR,
      thresholdSource: FACTOR_SOURCE,
      predicted: forwardFactor,
      fix: fixInit(network),
    };
  },
};
