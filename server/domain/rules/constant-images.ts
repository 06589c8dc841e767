/** Images of one colour, or nearly. */
import { formatCount, short } from '../numbers/format.ts';
import { inRunFile } from '../origin.ts';
import { surveyRule } from './survey-rule.ts';

const LEAST_SHARE = 0.2;
const SERIOUS_SHARE = 0.8;
/** Of what chance leaves open, by nearest neighbours: where colours differ they may be what classes are told by. */
const MOST_KNOWN = 0.3;
const SOURCE = 'some blank images are usual in scans and slices, a fifth of all is not';

export const constantImages = surveyRule({
  id: 'constant-images',
  detail:
    'An image of one colour shows nothing that a network could learn from. What is transparent is seen on white, so a white drawing on a transparent ground is white on white; and images of which writing or reading failed are black.',
  notes: {
    quantity:
      'Standard deviation of the pixels of each training image as the network sees it (up to 400); for files, whether the transparency varies.',
    test: `At least ${LEAST_SHARE} of the images have a standard deviation of 2/255 or less (numbers that are no bytes: 2 % of that of all pixels).`,
    severity: `Warning; error from ${SERIOUS_SHARE} on.`,
    fix: 'None by an edit of the run file: the evidence names images.',
    source: SOURCE,
    falsePositives:
      'Faint images have a standard deviation of several steps of 255. Classes that are told by their colour alone stay silent: nearest neighbours know more than 0.3 of what chance leaves open.',
  },
  judge: ({ constant, neighbours }) => {
    const { images, looked, transparent, level, alike, examples } = constant;
    const share = images / looked;
    const { accuracy = 0, guessing = 0 } = neighbours ?? {};
    const isTold = !alike && accuracy - guessing > MOST_KNOWN * (1 - guessing);
    if (!(share >= LEAST_SHARE) || isTold) return undefined;
    const found = `Images are one colour, ${formatCount(images)} of ${formatCount(looked)} that were looked at`;
    return {
      severity: share >= SERIOUS_SHARE ? 'error' : 'warning',
      partial: share < SERIOUS_SHARE,
      origin: inRunFile('data', 'source'),
      message:
        transparent > images / 2
          ? `${found}: they are seen on white, and their picture is in the transparency alone. Use images with the picture in their colours.`
          : `${found}: ${short(level)} on average, with nothing to see in them. Look at the files, and at what wrote them.`,
      evidence: { images, looked_at: looked, share, level, transparent, names: examples.join(', ') },
      threshold: LEAST_SHARE,
      thresholdSource: SOURCE,
      measured: share,
    };
  },
});
