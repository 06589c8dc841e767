/** All training examples are of one class. */
import { formatCount } from '../numbers/format.ts';
import { inRunFile } from '../origin.ts';
import type { RuleContext } from './observation.ts';
import type { Diagnosis, Rule } from './rule.ts';

const SOURCE = 'telling classes apart needs two of them';

function judgeCounts({ classCounts, data }: Partial<Pick<RuleContext, 'classCounts' | 'data'>>): Diagnosis | undefined {
  const used = classCounts?.flatMap((examples, label) => (examples > 0 ? [{ examples, label }] : [])) ?? [];
  const [only] = used;
  if (used.length !== 1 || !only) return undefined;
  const name = data?.classes[only.label] ?? String(only.label);
  return {
    severity: 'error',
    origin: inRunFile('data', 'source'),
    message: `All ${formatCount(only.examples)} training examples are of one class, \`${name}\`: there is nothing to tell apart, and an error of 0 % means nothing. Use data of two classes or more.`,
    evidence: { classes: 1, examples: only.examples, class: name },
    threshold: 2,
    thresholdSource: SOURCE,
    measured: 1,
  };
}

export const singleClass: Rule = {
  id: 'single-class',
  detail:
    'With one class the right answer is always the same: the loss falls to 0 by the last bias alone, and the network learns nothing about images. Often the other folders were not copied, or a `limit` took the beginning of a sorted file.',
  notes: {
    quantity: 'Classes with a training example.',
    test: 'One; before training, where the labels can be read, and at the start of a run.',
    severity: 'Error.',
    fix: 'None by an edit of the run file: the message points to the data.',
    source: SOURCE,
    falsePositives: 'None.',
    end: 'Never: the labels do not change in a run.',
  },
  predict: judgeCounts,
  watch: [{ judges: 'start', persistence: 1, judge: (_observation, _history, context) => judgeCounts(context) }],
};
