/** Some classes have many times the examples of others. */
import { formatCount } from '../numbers/format.ts';
import { inRunFile } from '../origin.ts';
import { className, type RuleContext } from './observation.ts';
import type { Diagnosis, Rule } from './rule.ts';

const LARGEST_RATIO = 10;
/** Standard errors (Poisson) by which the rarest class is below its share: fewer are chance. */
const SURE = 4;
const SOURCE = 'Amazon SageMaker Debugger’s ClassImbalance';

function judgeCounts(context: Pick<RuleContext, 'classCounts' | 'classes'>): Diagnosis | undefined {
  const { classCounts } = context;
  const total = classCounts.reduce((sum, count) => sum + count, 0);
  const [least, most] = [Math.min(...classCounts), Math.max(...classCounts)];
  const ratio = most / least;
  const share = total / classCounts.length;
  if (!(ratio > LARGEST_RATIO) || share - least < SURE * Math.sqrt(share)) return undefined;
  const always = formatCount(100 * (1 - most / total));
  const [commonest, rarest] = [most, least].map((count) => className(context, classCounts.indexOf(count)));
  return {
    severity: 'warning',
    origin: inRunFile('data', 'source'),
    message: `The classes are unequal: ${most} examples of class ${commonest}, ${least} of class ${rarest}; always guessing the most common gives only ${always} % error. Look at the errors class by class, and gather more of the rare ones or take fewer of the common ones.`,
    evidence: { counts: classCounts, ratio },
    threshold: LARGEST_RATIO,
    thresholdSource: SOURCE,
    measured: ratio,
  };
}

export const classImbalance: Rule = {
  id: 'class-imbalance',
  detail:
    'The error as a whole hides the rare classes: look at the errors class by class, gather more of the rare ones, or take fewer of the common ones. What is learnt is measured against guessing by frequency, not against ln K.',
  notes: {
    quantity: 'Training examples of the largest class over those of the smallest.',
    test: `Above ${LARGEST_RATIO}, and the rarest class at least ${SURE} standard errors below its equal share; before training, where the labels can be read, and at the start of a run.`,
    severity: 'Warning.',
    fix: 'None: the message points to the data.',
    source: SOURCE,
    falsePositives: 'Few examples, or a small `limit`, are unequal by chance, hence the standard errors.',
    end: 'Never: the labels do not change in a run.',
  },
  predict: ({ classCounts }) => classCounts && judgeCounts({ classCounts }),
  watch: [{ judges: 'start', persistence: 1, judge: (_observation, _history, context) => judgeCounts(context) }],
};
