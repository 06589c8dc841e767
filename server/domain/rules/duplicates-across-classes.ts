/** The same image has several labels. */
import { formatCount } from '../numbers/format.ts';
import { inRunFile } from '../origin.ts';
import { surveyRule } from './survey-rule.ts';

const LEAST_SHARE = 0.02;
const SERIOUS_SHARE = 0.2;
const SOURCE = 'of an image with two labels one is wrong: 2 % of the images is as much as careful collections have';

export const duplicatesAcrossClasses = surveyRule({
  id: 'duplicates-across-classes',
  detail:
    'An image that lies in two classes is half wrong, whatever the network answers. The training loss can’t fall below what these contradictions cost, and the network learns by heart what it can.',
  notes: {
    quantity:
      'Images with a copy of another label: files of the same bytes (all, or 20,000 of them), and images of which the network sees the same (up to 600).',
    test: `At least ${LEAST_SHARE} of the images.`,
    severity: `Warning; error from ${SERIOUS_SHARE} on.`,
    fix: 'None by an edit of the run file: the evidence names pairs.',
    source: SOURCE,
    falsePositives: 'Images of one colour are copies of each other: then `constant-images` is the cause.',
  },
  judge: ({ copies: { acrossClasses } }) => {
    const { images, compared, examples } = acrossClasses;
    const share = images / compared;
    if (!(share >= LEAST_SHARE)) return undefined;
    return {
      severity: share >= SERIOUS_SHARE ? 'error' : 'warning',
      partial: share < SERIOUS_SHARE,
      origin: inRunFile('data', 'source'),
      message: `The same images lie in different classes: ${formatCount(images)} of ${formatCount(compared)} have a copy with another label. Look at the pairs that the evidence names, and keep each image in one class.`,
      evidence: { images, compared, share, copies: examples.join(', ') },
      threshold: LEAST_SHARE,
      thresholdSource: SOURCE,
      measured: share,
    };
  },
});
