/** Some classes have many times the examples of others. */
import { formatCount } from '../numbers/format.ts';
import { inRunFile } from '../origin.ts';
import type { Diagnosis, Rule } from './rule.ts';

const LARGEST_RATIO = 10;
/** Of (a − b)²/(a + b), which is about 1 where two classes of equal right have a and b examples. */
const LEAST_SIGNIFICANCE = 30;
const SOURCE = 'Amazon SageMaker Debugger’s ClassImbalance';

function judgeCounts(classCounts: readonly number[]): Diagnosis | undefined {
  const total = classCounts.reduce((sum, count) => sum + count, 0);
  const [least, most] = [Math.min(...classCounts), Math.max(...classCounts)];
  const ratio = most / least;
  if (!(ratio > LARGEST_RATIO) || (most - least) ** 2 < LEAST_SIGNIFICANCE * (most + least)) return undefined;
  const always = formatCount(100 * (1 - most / total));
  const [commonest, rarest] = [classCounts.indexOf(most), classCounts.indexOf(least)];
  return {
    severity: 'warning',
    origin: inRunFile('data', 'source'),
    message: `The classes are unequal: ${most} examples of class ${commonest}, ${least} of class ${rarest}; always guessing ${commonest} gives no more than ${always} % error. Look at the errors class by class, and gather more of the rare ones or take fewer of the common ones.`,
    evidence: { counts: classCounts, ratio },
    threshold: LARGEST_RATIO,
    thresholdSource: SOURCE,
    measured: ratio,
  };
}

export const classImbalance: Rule = {
  id: 'class-imbalance',
  detail:
    'No change of the training mends this by itself: look at the errors class by class, gather more of the rare classes, or take fewer of the common ones. What is learnt is measured against guessing by frequency, not against ln K.',
  notes: {
    quantity: 'Training examples of the largest class over those of the smallest.',
    test: `Above ${LARGEST_RATIO}, and (a − b)²/(a + b) of the examples a and b of both at least ${LEAST_SIGNIFICANCE}; before training, where the labels can be read, and at the start of a run.`,
    severity: 'Warning.',
    fix: 'None by an edit of training alone: the message points to the data.',
    source: SOURCE,
    falsePositives:
      'Few examples, or a small `limit`, are unequal by chance, hence the second condition: 33 beside 3 are not enough, 40 beside 3 are.',
    end: 'Never: the labels do not change in a run.',
  },
  predict: ({ classCounts }) => classCounts && judgeCounts(classCounts),
  watch: [
    { judges: 'start', persistence: 1, judge: (_observation, _history, { classCounts }) => judgeCounts(classCounts) },
  ],
};
