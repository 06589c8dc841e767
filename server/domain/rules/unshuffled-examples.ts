/** Without shuffling, a batch holds few of the classes. */
import { short } from '../numbers/format.ts';
import { inRunFile } from '../origin.ts';
import { surveyRule } from './survey-rule.ts';

const LEAST_SHARE = 0.5;
const SOURCE = 'half of the classes that a random batch holds beside its first: a batch of one class has none';
const SHUFFLE = inRunFile('data', 'shuffle');

export const unshuffledExamples = surveyRule({
  id: 'unshuffled-examples',
  detail:
    'A step follows the gradient of its batch. Where a batch holds one class, the step teaches the network to answer with that class for any image, and the next class undoes it: the loss of a batch falls while the error of validation stays that of guessing.',
  notes: {
    quantity:
      'Different classes in a batch, on average over an epoch, in the order of the run without `shuffle`; the same in random order.',
    test: `With \`shuffle: false\`: fewer than ${LEAST_SHARE} of the classes beside the first that a random batch holds; from all labels, before training and at its start.`,
    severity: 'Error.',
    fix: '`shuffle: true`.',
    source: SOURCE,
    falsePositives: 'Files in mixed order have as many classes in a batch as a random order, and stay silent.',
  },
  judge: ({ order, classes }) => {
    if (!order || !(order.shuffled > 1.2)) return undefined;
    const share = (order.classes - 1) / (order.shuffled - 1);
    if (share >= LEAST_SHARE) return undefined;
    return {
      severity: 'error',
      origin: SHUFFLE,
      message: `The examples come in the order of their classes: without \`shuffle\` a batch of ${order.batchSize} holds ${short(order.classes)} of ${classes.length} classes on average, in random order ${short(order.shuffled)}.`,
      evidence: { classes_in_a_batch: order.classes, in_random_order: order.shuffled, share },
      threshold: LEAST_SHARE,
      thresholdSource: SOURCE,
      measured: share,
      fix: {
        title: 'Shuffle the examples: shuffle: true',
        changes: [{ kind: 'set', at: SHUFFLE, value: 'true' }],
      },
    };
  },
});
