/** Classes of validation are consistently taken for one another: their labels, or folders, are in another order than in training. */
import { formatCount, short } from '../numbers/format.ts';
import { inRunFile } from '../origin.ts';
import { className, type RuleContext } from './observation.ts';
import type { LiveTest, Rule } from './rule.ts';
import { atStart } from './survey-rule.ts';
import { EXCHANGED_SHARE, exchangedClasses } from './validation.ts';
import { judgeNeighbours, NEIGHBOUR_NOTES } from './validation-labels-permuted-neighbours.ts';
import { learntTraining } from './worse-than-guessing.ts';

/** Pairs that a message names. */
const MOST_NAMED = 3;
const SOURCE = 'a network that has learnt its training images takes no class for another in most images';

/** “disc is taken for box, box for disc”. */
function describeMapping(pairs: readonly (readonly [number, number])[], context: RuleContext): string {
  const named = pairs
    .slice(0, MOST_NAMED)
    .map(
      ([label, predicted], i) =>
        `${className(context, label)}${i === 0 ? ' is taken' : ''} for ${className(context, predicted)}`,
    );
  return `${named.join(', ')}${pairs.length > MOST_NAMED ? ', …' : ''}`;
}

const measured: LiveTest = {
  judges: 'evaluation',
  persistence: 2,
  judge(observation, _history, context) {
    if (observation.kind !== 'evaluation' || !observation.confusion || !learntTraining(observation, context))
      return undefined;
    const { confusion, top1, trainTop1 } = observation;
    const pairs = exchangedClasses(confusion);
    if (pairs.length === 0) return undefined;
    const all = pairs.reduce(
      (sum, [label]) => sum + (confusion[label] ?? []).reduce((total, one) => total + one, 0),
      0,
    );
    const there = pairs.reduce((sum, [label, predicted]) => sum + (confusion[label]?.[predicted] ?? 0), 0);
    return {
      severity: 'error',
      origin: inRunFile('data', 'source'),
      message: `Validation labels look swapped: class ${describeMapping(pairs, context)} in ${formatCount((100 * there) / all)} % of the images, while the training error is ${short(trainTop1)} %. Look at the order of the classes, or at the folders’ names, in validation.`,
      evidence: {
        labels: pairs.map(([label]) => className(context, label)).join(', '),
        taken_for: pairs.map(([, predicted]) => className(context, predicted)).join(', '),
        share: there / all,
        top1,
        train_top1: trainTop1,
      },
      threshold: EXCHANGED_SHARE,
      thresholdSource: SOURCE,
      measured: there / all,
    };
  },
};

export const validationLabelsPermuted: Rule = {
  id: 'validation-labels-permuted',
  detail:
    'The network knows the classes: it takes nearly all images of one for another, and does so consistently. So the labels of validation are numbered, sorted or named otherwise than those of training, or two folders have changed names. The mapping of the evidence puts them right.',
  notes: {
    quantity: `${NEIGHBOUR_NOTES.quantity} In a run: the one-to-one mapping of labels to predictions that the confusion matrix of validation shows.`,
    test: `${NEIGHBOUR_NOTES.test} In a run: at 2 evaluations in a row: the training images are learnt, and in a cycle of classes each is taken for the next in ${100 * EXCHANGED_SHARE} % of the images on average, and more often than it is right.`,
    severity: 'Error.',
    fix: 'None: the labels are mended in the data.',
    source: `${NEIGHBOUR_NOTES.source}; in a run: ${SOURCE}`,
    falsePositives: `${NEIGHBOUR_NOTES.falsePositives} In a run: classes that look alike are confused both ways, but not in most images of both; hence a cycle, and at least 5 images a class.`,
    end: 'The mapping is gone at 2 evaluations in a row.',
  },
  predict: ({ data }) => data && judgeNeighbours(data),
  watch: [atStart(judgeNeighbours), measured],
  recovery: {
    judges: 'evaluation',
    times: 1,
    isOver: (observation) =>
      observation.kind === 'evaluation' &&
      observation.confusion !== undefined &&
      exchangedClasses(observation.confusion).length === 0,
  },
};
