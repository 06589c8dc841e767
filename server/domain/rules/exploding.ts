/**
 * Signal or gradient grow with the depth until the logits, or the first update, are not numbers any more. `he` by fan-out, or a
 * narrow first and a wide last layer, give up to 11-fold by themselves and learn well: hence 30, not 10.
 */
import { median, short } from './numbers.ts';
import type { LiveRule, StaticRule } from './rule.ts';
import { fixInit, gradientPerWeight, initSource, mainInit, signalRatios } from './sources.ts';

const WARNING = 30;
const ERROR = 100;
const SOURCE =
  '36 trainings, initialisation scaled: 14-fold learns worse, 40-fold is not finite; healthy fan-out networks reach 11';

export const explodingSignal: LiveRule = {
  id: 'exploding-signal',
  judges: 'probe',
  persistence: 1,
  judge(observation, _history, { network, propagation, input }) {
    if (observation.kind !== 'probe' || observation.step > 1) return undefined;
    const ratios = signalRatios(observation.layers, propagation, input.meanSquare);
    const measured = Math.max(...ratios);
    if (measured <= WARNING) return undefined;
    const layer = observation.layers[ratios.indexOf(measured)]?.name ?? '';
    return {
      severity: measured > ERROR ? 'error' : 'warning',
      layer,
      source: initSource(network, layer),
      message: `The signal explodes: at ${layer} it measures ${short(measured)} times what \`he\` would give.`,
      evidence: { signal_by_layer: ratios },
      threshold: measured > ERROR ? ERROR : WARNING,
      thresholdSource: SOURCE,
      predicted: propagation.forwardExcess,
      measured,
      fix: fixInit(network),
    };
  },
};

export const explodingGradient: LiveRule = {
  id: 'exploding-gradient',
  judges: 'probe',
  persistence: 1,
  judge(observation, _history, { network }) {
    if (observation.kind !== 'probe' || observation.step > 1) return undefined;
    const values = observation.layers.map(gradientPerWeight);
    const measured = median(values);
    if (!(measured > ERROR)) return undefined;
    const layer = observation.layers[values.indexOf(Math.max(...values))]?.name ?? '';
    return {
      severity: 'error',
      layer,
      source: initSource(network, layer),
      message: `The gradient explodes: in the median layer it is ${short(measured)} times the weights, and a network that learns has at most 1.`,
      evidence: { gradient_per_weight: measured, by_layer: values },
      threshold: ERROR,
      thresholdSource: 'healthy networks have 0.025 to 1.0 at step 1, over 72 healthy runs',
      measured,
      fix: fixInit(network),
    };
  },
};

const grows = (id: 'exploding-signal' | 'exploding-gradient', what: string): StaticRule => ({
  id,
  check({ network, propagation }) {
    const factor = id === 'exploding-signal' ? propagation.forwardExcess : propagation.backwardExcess;
    if (factor <= WARNING) return undefined;
    const layer = (id === 'exploding-signal' ? propagation.layers.at(-2) : propagation.layers[0])?.name ?? '';
    return {
      severity: factor > ERROR ? 'error' : 'warning',
      layer,
      source: initSource(network, layer),
      message: `The ${what} will explode: \`init: ${mainInit(network)}\` makes it ${short(factor)} times what \`he\` would give.`,
      evidence: { factor },
      threshold: factor > ERROR ? ERROR : WARNING,
      thresholdSource: SOURCE,
      predicted: factor,
      fix: fixInit(network),
    };
  },
});

export const explodingSignalStatic = grows('exploding-signal', 'signal');
export const explodingGradientStatic = grows('exploding-gradient', 'gradient');
