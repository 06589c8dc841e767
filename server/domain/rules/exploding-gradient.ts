/** The gradient is so much larger than the weights that the first update replaces them. */

import { short } from '../numbers/format.ts';
import { gradientPerWeight } from '../numbers/gradient-per-weight.ts';
import { median } from '../numbers/statistics.ts';
import { ERROR_EXCESS, EXCESS_SOURCE, predictExplosion, WARNING_EXCESS } from './explosion.ts';
import { initMayFail, initOrigin, remedyOf } from './initialisation.ts';
import type { LiveTest, Rule } from './rule.ts';

const LIVE_SOURCE = 'healthy networks have 0.025 to 1.0 at step 1, over 72 healthy runs';

const measured: LiveTest = {
  judges: 'probe',
  persistence: 1,
  judge(observation, _history, { network }) {
    if (observation.kind !== 'probe' || observation.step > 1) return undefined;
    const values = observation.layers.map(gradientPerWeight);
    const perWeight = median(values);
    if (!(perWeight > ERROR_EXCESS)) return undefined;
    const layer = observation.layers[values.indexOf(Math.max(...values))]?.name ?? '';
    const { fix, advice } = remedyOf(network);
    return {
      severity: 'error',
      layer,
      origin: initOrigin(network, layer),
      message: `The gradient explodes: in the median layer it is ${short(perWeight)} times the weights, and a network that learns has at most 1.${advice}`,
      evidence: { gradient_per_weight: perWeight, by_layer: values },
      threshold: ERROR_EXCESS,
      thresholdSource: LIVE_SOURCE,
      measured: perWeight,
      fix,
      // Where the initialisation is right, something else makes it so.
      ...(!initMayFail(network) && { relation: 'only-symptom' }),
    };
  },
};

export const explodingGradient: Rule = {
  id: 'exploding-gradient',
  detail:
    'An update that is larger than the weights leaves nothing of them: the network starts anew at every step, or its numbers overflow. A lower rate only hides it, since the layers differ.',
  notes: {
    quantity:
      'Before training: the greatest, over hidden layers, of the predicted gradient relative to `he`. Live: the median over weighted layers of the gradient per weight at step 1.',
    test: `Before training: above ${WARNING_EXCESS}. Live: above ${ERROR_EXCESS} at the probe of step 1.`,
    severity: `Before training: warning, error above ${ERROR_EXCESS}. Live: error.`,
    fix: '`init: he`.',
    source: `Before training: ${EXCESS_SOURCE}. Live: ${LIVE_SOURCE}.`,
    falsePositives:
      'The gradient explodes in all layers alike, so no ratios of layers are tested. Where all is `he`, this is a consequence of something else, or silent.',
    end: 'The gradient per weight is back below the limit.',
  },
  predict: (context) => predictExplosion('gradient', context),
  watch: [measured],
  recovery: {
    judges: 'probe',
    isOver: (observation) =>
      observation.kind === 'probe' && median(observation.layers.map(gradientPerWeight)) <= ERROR_EXCESS,
  },
};
