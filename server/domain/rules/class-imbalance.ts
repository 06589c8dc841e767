/** Some classes have many times the examples of others. */
import { formatCount } from '../numbers/format.ts';
import { inRunFile } from '../origin.ts';
import type { Diagnosis, Rule } from './rule.ts';

const LARGEST_RATIO = 10;
const LEAST_LABELS = 500;
const SOURCE = 'Amazon SageMaker Debugger’s ClassImbalance';

function judgeCounts(classCounts: readonly number[]): Diagnosis | undefined {
  const total = classCounts.reduce((sum, count) => sum + count, 0);
  const [least, most] = [Math.min(...classCounts), Math.max(...classCounts)];
  const ratio = most / least;
  if (total < LEAST_LABELS || !(ratio > LARGEST_RATIO)) return undefined;
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
    test: `Above ${LARGEST_RATIO}, with at least ${LEAST_LABELS} labels; before training, where the labels can be read, and at the start of a run.`,
    severity: 'Warning.',
    fix: 'None by an edit of training alone: the message points to the data.',
    source: SOURCE,
    falsePositives: 'Few examples, or a small `limit`, are unequal by chance, hence the least number of labels.',
    end: 'Never: the labels do not change in a run.',
  },
  predict: ({ classCounts }) => classCounts && judgeCounts(classCounts),
  watch: [
    { judges: 'start', persistence: 1, judge: (_observation, _history, { classCounts }) => judgeCounts(classCounts) },
  ],
};
