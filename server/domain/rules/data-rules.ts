/** What the images and labels tell before the first step. */
import { short } from './numbers.ts';
import type { LiveRule } from './rule.ts';

/** Range tests such as [−1, 1] would fire on all standardised images: mean and scale are judged instead. */
export const inputNotNormalized: LiveRule = {
  id: 'input-not-normalized',
  judges: 'start',
  persistence: 1,
  judge(_observation, _history, { input }) {
    const shifted = Math.abs(input.mean) > 0.5 * input.deviation;
    if (!shifted && input.meanSquare >= 0.1 && input.meanSquare <= 10) return undefined;
    return {
      severity: input.meanSquare > 10 ? 'error' : 'information',
      source: ['data', 'normalize'],
      message: `The images are not normalised: mean ${short(input.mean)}, standard deviation ${short(input.deviation)}, where the initialisation is derived for 0 and 1.`,
      evidence: { mean: input.mean, deviation: input.deviation, mean_square: input.meanSquare },
      threshold: input.meanSquare > 10 ? 10 : 0.5,
      thresholdSource:
        'raw 0 to 1 pixels learn a little slower; a mean square over 10 multiplies every logit (paper, section 2.2)',
      measured: input.meanSquare,
      fix: {
        title: 'Standardise the images: normalize: standardize',
        changes: [{ kind: 'set', path: ['data', 'normalize'], value: 'standardize' }],
      },
    };
  },
};

const LARGEST_RATIO = 10;
const LEAST_LABELS = 500;

/** No edit of training mends this: it points to the data. */
export const classImbalance: LiveRule = {
  id: 'class-imbalance',
  judges: 'start',
  persistence: 1,
  judge(_observation, _history, { classCounts }) {
    const total = classCounts.reduce((sum, count) => sum + count, 0);
    const [least, most] = [Math.min(...classCounts), Math.max(...classCounts)];
    const ratio = most / least;
    if (total < LEAST_LABELS || !(ratio > LARGEST_RATIO)) return undefined;
    const always = (100 * (1 - most / total)).toFixed(0);
    return {
      severity: 'warning',
      source: ['data', 'source'],
      message: `The classes are unequal: ${most} examples of class ${classCounts.indexOf(most)}, ${least} of class ${classCounts.indexOf(least)}. Always guessing the commonest gives ${always} % error, so a low error says little about the rare ones.`,
      evidence: { counts: classCounts, ratio },
      threshold: LARGEST_RATIO,
      thresholdSource: 'Amazon SageMaker Debugger’s ClassImbalance',
      measured: ratio,
    };
  },
};
