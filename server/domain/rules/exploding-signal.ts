/** The signal grows with the depth until the numbers overflow. */

import { short } from '../numbers/format.ts';
import { ERROR_EXCESS, EXCESS_SOURCE, predictExplosion, WARNING_EXCESS } from './explosion.ts';
import { isLearning } from './history.ts';
import { initMayFail, initOrigin, remedyOf } from './initialisation.ts';
import { signalRatios } from './measures.ts';
import type { LiveTest, Rule } from './rule.ts';

const measured: LiveTest = {
  judges: 'probe',
  persistence: 1,
  judge(observation, _history, { network, propagation, input }) {
    if (observation.kind !== 'probe' || observation.step > 1) return undefined;
    const ratios = signalRatios(observation.layers, propagation, input.meanSquare);
    const most = Math.max(...ratios);
    if (!(most > WARNING_EXCESS)) return undefined;
    const layer = observation.layers[ratios.indexOf(most)]?.name ?? '';
    const { fix, advice } = remedyOf(network);
    return {
      severity: most > ERROR_EXCESS ? 'error' : 'warning',
      layer,
      origin: initOrigin(network, layer),
      message: `The signal explodes: at ${layer} it measures ${short(most)} times what \`he\` would give, and the prediction was ${short(propagation.forwardExcess)}.${advice}`,
      evidence: { signal_by_layer: ratios },
      threshold: most > ERROR_EXCESS ? ERROR_EXCESS : WARNING_EXCESS,
      thresholdSource: EXCESS_SOURCE,
      predicted: propagation.forwardExcess,
      measured: most,
      fix,
      // Where the initialisation is right, something else makes it so.
      ...(!initMayFail(network) && { relation: 'only-symptom' }),
    };
  },
};

export const explodingSignal: Rule = {
  id: 'exploding-signal',
  detail:
    'A factor above one in each layer multiplies up over the depth: the logits become so large that the loss is that of a confident error, and the first update destroys the weights.',
  notes: {
    quantity:
      'The greatest, over hidden layers, of the size of the pre-activations relative to `he` on the same network: predicted before training, measured (root mean square) at step 1.',
    test: `Above ${WARNING_EXCESS}; live at the probe of step 1.`,
    severity: `Warning; error above ${ERROR_EXCESS}.`,
    fix: '`init: he`.',
    source: EXCESS_SOURCE,
    falsePositives:
      '`he` by fan-out and a narrow first or wide last layer give up to 11-fold and learn well. Raw 0 to 255 images are a fault of the input: its scale is taken out.',
    end: 'The network learns, or the signal is back below the limit.',
  },
  predict: (context) => predictExplosion('signal', context),
  watch: [measured],
  recovery: {
    judges: 'probe',
    isOver: (observation, history, context) =>
      observation.kind === 'probe' &&
      (isLearning(history, context) ||
        Math.max(...signalRatios(observation.layers, context.propagation, context.input.meanSquare)) <= WARNING_EXCESS),
  },
};
