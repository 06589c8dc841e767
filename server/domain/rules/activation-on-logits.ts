/**
 * A rectifier on the last layer: softmax needs logits of both signs, and a class whose logit is below 0 for every image gets
 * next to no gradient. A slope of 0.05 or more, learned or not, does no harm.
 */
import { slopeOf } from '../layers/rectifier.ts';
import { weightedLayers } from '../network/network.ts';
import { atStart, isWritten, settingAt } from './configuration.ts';
import { describeActivation } from './initialisation.ts';
import type { Diagnosis, Rule, StaticContext } from './rule.ts';

const LEAST_SLOPE = 0.03;
const SOURCE =
  'small networks end at 63 to 66 % error with slopes of 0 and 0.01, and at 22 to 27 % with 0.05, 0.25, 0.3 and without a rectifier';

function predict({ network }: StaticContext): Diagnosis | undefined {
  const last = weightedLayers(network).at(-1)?.layer;
  const output = network.layers.findLast(({ layer }) => layer.type !== 'dropout')?.layer;
  // What averages or adds after it makes other logits of what was rectified.
  if (!last || last !== output) return undefined;
  const slope = slopeOf(last.activation);
  if (!(slope < LEAST_SLOPE)) return undefined;
  const at = settingAt(last, 'activation');
  return {
    severity: slope === 0 ? 'error' : 'warning',
    layer: last.name,
    origin: at,
    message: `The last layer, ${last.name}, has \`activation: ${describeActivation(last.activation)}\`: a logit below 0 keeps ${slope} of its gradient, and of ${network.classes} classes about ${Math.round(network.classes / 2)} start there.`,
    evidence: { slope, classes: network.classes },
    threshold: LEAST_SLOPE,
    thresholdSource: SOURCE,
    measured: slope,
    ...(isWritten(last) && {
      fix: {
        title: 'Leave the logits as they are: no activation on the last layer',
        changes: [{ kind: 'remove', at }],
      },
    }),
  };
}

export const activationOnLogits: Rule = {
  id: 'activation-on-logits',
  detail:
    'The last layer’s outputs are the logits: large for the likely classes, negative for the others. A rectifier takes the negative ones away, and a class that starts below 0 for every image can hardly rise again. Without `activation` the last layer has none, whatever the network’s is.',
  notes: {
    quantity: 'The slope of the last layer’s rectifier for negative logits.',
    test: `Below ${LEAST_SLOPE}, where the layer’s outputs are the logits; before training and at the start of a run.`,
    severity: 'Error for `relu`; warning for a small slope.',
    fix: '`activation` is taken off the last layer.',
    source: SOURCE,
    falsePositives:
      'A learned slope, or a large one, does no harm. Where something is averaged or added after the last layer, other numbers are the logits.',
    end: 'Never: the network does not change in a run.',
  },
  predict,
  watch: [atStart(predict)],
};
