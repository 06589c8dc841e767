/** Labels that begin at 1, or one that is far off. Where the network has fewer logits than labels, the data is refused in the same words. */
import { inRunFile } from '../origin.ts';
import { describeLabelFault } from '../survey/label-range.ts';
import { surveyRule } from './survey-rule.ts';

const SOURCE = 'labels are the numbers of classes: 0, 1, 2, … without a gap';

export const labelsOutOfRange = surveyRule({
  id: 'labels-out-of-range',
  detail:
    'The number of classes is one more than the largest label. Labels that count from 1 leave class 0 without an example and ask for a logit too many; a single label far off, often a typing error or a mark for “ignore”, asks for many. Adding logits hides it.',
  notes: {
    quantity: 'Examples of each label, in train and validation together.',
    test: 'No example of label 0 where all others have some; or a label that is more than two above the next one, or above the logits, and that few examples have (one in a hundred).',
    severity: 'Warning; where the network has too few logits, training is refused, in the same words.',
    fix: 'None by an edit of the run file: the message names the example.',
    source: SOURCE,
    falsePositives: 'A folder of images has an example of every class.',
  },
  judge: ({ labelFault }) => {
    if (!labelFault) return undefined;
    const { where } = labelFault;
    const label = labelFault.kind === 'from-one' ? labelFault.largest : labelFault.label;
    return {
      severity: 'warning',
      partial: true,
      origin: inRunFile('data', 'source'),
      message: describeLabelFault(labelFault, where),
      evidence: { label, example: where },
      threshold: labelFault.kind === 'from-one' ? labelFault.largest - 1 : labelFault.most,
      thresholdSource: SOURCE,
      measured: label,
    };
  },
});
