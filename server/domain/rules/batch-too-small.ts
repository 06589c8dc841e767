/**
 * A batch of a few examples at a rate made for many: every step follows one example's gradient as far as others follow the mean
 * of dozens. What a step adds by chance grows with the rate over the batch (Smith and Le, arXiv 1710.06451, equation 8).
 */

import { short } from '../numbers/format.ts';
import { inRunFile } from '../origin.ts';
import { atStart } from './configuration.ts';
import { describeRate, effectiveRate } from './rates.ts';
import type { Diagnosis, Rule, StaticContext } from './rule.ts';

/** Larger batches are judged by their rate alone. */
const SMALL = 4;
const MOST_PER_EXAMPLE = 0.07;
const BETTER = 32;
const SOURCE =
  'small networks with batches of 1, 2 and 4 learn at η/(1 − μ)/B up to 0.05 and end at 90 to 92 % error from 0.1 on';

function predict({ train }: StaticContext): Diagnosis | undefined {
  const { batchSize } = train;
  const rate = effectiveRate(train);
  const perExample = rate / batchSize;
  if (batchSize > SMALL || !(perExample > MOST_PER_EXAMPLE)) return undefined;
  const at = inRunFile('train', 'batch_size');
  return {
    severity: 'warning',
    origin: at,
    message: `A batch of ${batchSize} is too small for this learning rate: ${describeRate(train)} amounts to ${short(perExample)} for each example of a step, and runs that learn stay below ${MOST_PER_EXAMPLE}.`,
    evidence: { batch_size: batchSize, rate_per_example: perExample },
    threshold: MOST_PER_EXAMPLE,
    thresholdSource: SOURCE,
    measured: perExample,
    fix: { title: `Set batch_size: ${BETTER}`, changes: [{ kind: 'set', at, value: String(BETTER) }] },
  };
}

export const batchTooSmall: Rule = {
  id: 'batch-too-small',
  detail:
    'The gradient of one example points anywhere: only the mean over many shows the way. With a small batch the rate has to be small as well, about in proportion; a larger batch is the better use of the machine.',
  notes: {
    quantity: 'η/(1 − μ) over the examples of a step.',
    test: `Above ${MOST_PER_EXAMPLE} with a batch of ${SMALL} or fewer; before training and at the start of a run.`,
    severity: 'Warning.',
    fix: `\`batch_size: ${BETTER}\`.`,
    source: SOURCE,
    falsePositives: 'Small batches at small rates learn well, hence the rate for each example and not the batch alone.',
    end: 'Never: the batch does not change in a run.',
  },
  predict,
  watch: [atStart(predict)],
};
