/** Pixels that are infinite or no numbers. */
import { formatCount } from '../numbers/format.ts';
import { inRunFile } from '../origin.ts';
import { surveyRule } from './survey-rule.ts';

const SOURCE = 'a single one makes the loss of its batch and all weights useless';

export const nonFiniteData = surveyRule({
  id: 'non-finite-data',
  detail:
    'Every weight that a pixel reaches takes part in the loss. A pixel that is not a finite number makes the loss one, then all gradients, and with the update all weights: nothing that is computed afterwards is a number. Normalising by the mean and deviation of such images does so at once.',
  notes: {
    quantity: 'Values of float32 IDX files that are infinite or no numbers; all that are used, up to 256 MB of a file.',
    test: 'At least one.',
    severity: 'Error.',
    fix: 'None by an edit of the run file: the evidence names images.',
    source: SOURCE,
    falsePositives: 'None: bytes and image files hold finite numbers only.',
  },
  judge: ({ notFinite: { values, images, looked, examples } }) => {
    if (values === 0) return undefined;
    const which = examples[0] ?? '';
    return {
      severity: 'error',
      origin: inRunFile('data', 'source'),
      message: `Pixels are not finite in ${formatCount(images)} of ${formatCount(looked)} images, the first in ${which}: a single such value (here ${formatCount(values)}) makes all weights useless. Look at the images that the evidence names, and mend or remove them.`,
      evidence: { values, images, looked_at: looked, names: examples.join(', ') },
      threshold: 1,
      thresholdSource: SOURCE,
      measured: values,
    };
  },
});
