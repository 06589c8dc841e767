/** Resizing or cutting leaves little of what the images show. */
import { short } from '../numbers/format.ts';
import { inRunFile } from '../origin.ts';
import { surveyRule, wholePercent } from './survey-rule.ts';

const MOST_LEFT = 0.4;
/** Of what neighbours could know beyond chance. */
const MOST_KNOWN = 0.2;
const MOST_ERRORS = 3;
const LEAST_SIGNIFICANCE = 5;
const SOURCE = 'objects that stay visible keep 0.6 and more, photographs 0.7; one that shrinks to a pixel 0.1 to 0.3';

export const objectVanishes = surveyRule({
  id: 'object-vanishes',
  detail:
    'Resizing averages pixels, and a crop cuts away what is outside. An object of a few pixels in a large image is a spot after that, or is not there at all: what is left has no shape to learn.',
  notes: {
    quantity:
      'What adjacent pixels have in common (the mean product of their distances from the mean) in the network’s view over that in the whole image, of at most 256 pixels; up to 400 training images. Noise has none, so losing it does not count.',
    test: `With \`resize\` or \`crop\`: at most ${MOST_LEFT}, and nearest neighbours know at most ${MOST_KNOWN} of what chance leaves open, or are within ${MOST_ERRORS} standard errors of it.`,
    severity: 'Warning.',
    fix: 'None: the message says what to change.',
    source: SOURCE,
    falsePositives: 'Small objects that stay visible keep theirs, and so do images that are hard for other reasons.',
  },
  judge: ({ detail, neighbours }) => {
    if (!detail || !neighbours || detail.share > MOST_LEFT || detail.significance < LEAST_SIGNIFICANCE)
      return undefined;
    const { accuracy, guessing, standardError } = neighbours;
    const chance = Math.max(MOST_KNOWN * (1 - guessing), MOST_ERRORS * standardError);
    if (accuracy - guessing > chance || guessing === 1) return undefined;
    return {
      severity: 'warning',
      origin: inRunFile('data', 'augment'),
      message: `Resizing or cutting leaves ${wholePercent(detail.share)} % of the detail of the images, too little to tell classes apart: nearest neighbours are right in ${wholePercent(accuracy)} %, by chance in ${wholePercent(guessing)} %. Look at images at that size, and resize or crop less.`,
      evidence: {
        share_left: detail.share,
        side: detail.from,
        side_seen: detail.to,
        images: detail.images,
        neighbours_right: accuracy,
        by_chance: guessing,
      },
      threshold: MOST_LEFT,
      thresholdSource: SOURCE,
      measured: Number(short(detail.share)),
    };
  },
});
