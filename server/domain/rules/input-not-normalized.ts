/** The images are not of mean 0 and scale 1. Range tests such as [−1, 1] would fire on all standardised images. */
import { short } from '../numbers/format.ts';
import { inRunFile } from '../origin.ts';
import type { InputStatistics } from '../propagation/input-statistics.ts';
import type { Diagnosis, Rule } from './rule.ts';
import { MOST_SQUARE } from './start.ts';

const MOST_SHIFT = 0.5;
const LEAST_SQUARE = 0.1;
const SOURCE =
  'raw 0 to 1 pixels learn a little slower; a mean square over 10 multiplies every logit (paper, section 2.2)';

function judgeInput(input: InputStatistics): Diagnosis | undefined {
  // Images that are all alike, or hold values that are no numbers, are not mended by a scale.
  if (!(input.deviation > 0) || !Number.isFinite(input.meanSquare)) return undefined;
  const shifted = Math.abs(input.mean) > MOST_SHIFT * input.deviation;
  if (!shifted && input.meanSquare >= LEAST_SQUARE && input.meanSquare <= MOST_SQUARE) return undefined;
  const large = input.meanSquare > MOST_SQUARE;
  return {
    severity: large ? 'error' : 'information',
    origin: inRunFile('data', 'normalize'),
    message: `The images are not normalised: mean ${short(input.mean)} and standard deviation ${short(input.deviation)}, and the initialisation expects 0 and 1.`,
    evidence: { mean: input.mean, deviation: input.deviation, mean_square: input.meanSquare },
    threshold: large ? MOST_SQUARE : MOST_SHIFT,
    thresholdSource: SOURCE,
    measured: input.meanSquare,
    fix: {
      title: 'Standardise the images: normalize: standardize',
      changes: [{ kind: 'set', at: inRunFile('data', 'normalize'), value: 'standardize' }],
    },
  };
}

export const inputNotNormalized: Rule = {
  id: 'input-not-normalized',
  detail:
    'Initialisations keep the size of a signal that starts with mean 0 and variance 1. A mean that is not 0 pushes all units the same way; a scale that is not 1 multiplies every logit, and with it the first loss and all gradients.',
  notes: {
    quantity:
      'Mean, standard deviation and mean square of the training images after `normalize` (up to 2,000 of them).',
    test: `|mean| above ${MOST_SHIFT} standard deviations, or a mean square outside ${LEAST_SQUARE} to ${MOST_SQUARE}; before training, where the images can be read, and at the start of a run.`,
    severity: `Information; error at a mean square above ${MOST_SQUARE}.`,
    fix: '`normalize: standardize`.',
    source: SOURCE,
    falsePositives:
      'Standardised images reach +2 and more, hence no test of the range. Images that are all alike are left to another rule.',
    end: 'Never: the images do not change in a run.',
  },
  predict: ({ input }) => input && judgeInput(input),
  watch: [{ judges: 'start', persistence: 1, judge: (_observation, _history, { input }) => judgeInput(input) }],
};
