/** Images of validation are in train as well. */
import { formatCount } from '../numbers/format.ts';
import { inRunFile } from '../origin.ts';
import { surveyRule } from './survey-rule.ts';

const LEAST_SHARE = 0.15;
const SERIOUS_SHARE = 0.5;
/** Below the serious share: over the share of training images that have a copy in train. */
const LEAST_RATIO = 2;
const SOURCE = 'plain icons repeat by chance, 8 to 20 % of them; copied sets have far more';

export const validationOverlapsTraining = surveyRule({
  id: 'validation-overlaps-training',
  detail:
    'Validation asks how the network does on images that it has not seen. On copies of training images it measures only what was learnt by heart: the error looks good, and new images will show another one.',
  notes: {
    quantity:
      'Images of validation with a copy in train: files of the same bytes (all, or 20,000 of them), and images of which the network sees the same (up to 600).',
    test: `At least ${LEAST_SHARE} of the validation images, and below ${SERIOUS_SHARE} at least ${LEAST_RATIO} times the share of training images that have a copy in train.`,
    severity: `Warning; error from ${SERIOUS_SHARE} on.`,
    fix: 'None by an edit of the run file: the evidence names pairs.',
    source: SOURCE,
    falsePositives:
      'Simple drawings repeat by chance, in train as well. Images of one colour are copies of each other: then `constant-images` is the cause.',
  },
  judge: ({ copies: { valInTrain } }) => {
    const { images, compared, withinTrain, examples } = valInTrain;
    const share = images / compared;
    const byChance = share < SERIOUS_SHARE && share < LEAST_RATIO * withinTrain;
    if (!(share >= LEAST_SHARE) || byChance) return undefined;
    return {
      severity: share >= SERIOUS_SHARE ? 'error' : 'warning',
      origin: inRunFile('data', 'source'),
      message: `Validation overlaps training: ${formatCount(images)} of ${formatCount(compared)} validation images are copies of training images, so their error says nothing about new ones. Use other images for validation.`,
      evidence: { images, compared, share, copies: examples.join(', ') },
      threshold: LEAST_SHARE,
      thresholdSource: SOURCE,
      measured: share,
    };
  },
});
