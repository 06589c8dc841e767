/** The images of validation have another brightness, contrast, ground or colour than those of training. */
import { short } from '../numbers/format.ts';
import { inRunFile } from '../origin.ts';
import type { Likeness, PreparationDifference } from '../survey/preparation.ts';
import { surveyRule } from './survey-rule.ts';

const LEAST_EFFECT = 1.5;
/** Where a negative or another order of the channels explains it. */
const LEAST_EXPLAINED = 1;
const LEAST_SIGNIFICANCE = 6;
/** Of the standard deviation of all pixels. */
const LEAST_SIZE = 0.1;
const SOURCE = 'photographs of other people in other light differ by 0.7 of the spread between images';

const HOW: Readonly<Record<Likeness, string>> = {
  inverted: 'The validation images look like negatives of those of training',
  channels: 'The validation images have their colour channels in another order than those of training',
  scaled: 'The validation images have another scale than those of training',
};
const WHAT: Readonly<Record<PreparationDifference['what'], string>> = {
  brightness: 'mean',
  contrast: 'standard deviation',
  border: 'mean along the border',
  colour: 'first colour less the last',
};

export const validationPreparedDifferently = surveyRule({
  id: 'validation-prepared-differently',
  detail:
    'A network is tested on what it has learnt only if both sets are prepared alike. Usual differences: one set is divided by 255 and the other not, black and white are exchanged, or one library reads red, green, blue and the other blue, green, red. The training error is then good and the validation error that of guessing.',
  notes: {
    quantity:
      'Mean, standard deviation, mean along the border and colour of each image as the network sees it, before `normalize` (up to 400 of train, 200 of validation); the largest difference, over the spread between training images.',
    test: `At least ${LEAST_EFFECT} (${LEAST_EXPLAINED} where exchanging black and white or the channels undoes it), ${LEAST_SIGNIFICANCE} standard errors, and ${LEAST_SIZE} of the standard deviation of all pixels. Only where validation has images of its own.`,
    severity: 'Error.',
    fix: 'None by an edit of the run file: the message says how both differ.',
    source: SOURCE,
    falsePositives:
      'Other shares of the classes do not count. Other light and other people differ less than other preparation.',
  },
  judge: ({ preparation }) => {
    if (!preparation) return undefined;
    const { what, train, val, spread, significance, pixelDeviation, likeness } = preparation;
    const difference = Math.abs(val - train);
    // Without any spread in train the largest number that is one.
    const effect = Math.min(difference / spread, Number.MAX_VALUE);
    const least = likeness === 'inverted' || likeness === 'channels' ? LEAST_EXPLAINED : LEAST_EFFECT;
    if (!(effect >= least && significance >= LEAST_SIGNIFICANCE && difference >= LEAST_SIZE * pixelDeviation))
      return undefined;
    const how = likeness ? HOW[likeness] : 'The validation images are prepared differently from those of training';
    return {
      severity: 'error',
      origin: inRunFile('data', 'source'),
      message: `${how}: ${WHAT[what]} ${short(val)} in validation and ${short(train)} in training, where images differ by ${short(spread)}. Use the same preparation for both.`,
      evidence: { validation: val, training: train, spread, effect, compared: WHAT[what], set: 'val' },
      threshold: least,
      thresholdSource: SOURCE,
      measured: effect,
    };
  },
});
