/** The loss is not finite, or far above guessing and where it began. */

import { formatCount, formatLoss } from '../numbers/format.ts';
import { mean } from '../numbers/statistics.ts';
import { fiveStepLoss, labelEntropy } from './history.ts';
import type { LiveTest, Rule } from './rule.ts';
import { fixInit, fixTooHigh, RATE } from './shared-fixes.ts';

const TIMES_GUESSING = 4;
const TIMES_FIRST = 3;
const EXPLODES = 30;
const SOURCE = 'four times the loss of guessing';

const measured: LiveTest = {
  judges: 'step',
  persistence: 1,
  judge(observation, history, { classCounts, train, network, propagation }) {
    if (observation.kind !== 'step') return undefined;
    const notFinite = !Number.isFinite(observation.loss);
    const guess = labelEntropy(classCounts);
    const limit = Math.max(TIMES_GUESSING * guess, TIMES_FIRST * (history.firstLoss ?? 0));
    const high =
      history.losses.length >= 10 &&
      history.losses.slice(-9).every((_, i, last) => i > 4 || mean(last.slice(i, i + 5)) > limit);
    if (!notFinite && !high) return undefined;
    const explodes = propagation.forwardExcess > EXPLODES;
    // Before the first update no learning rate can be the cause.
    const atOnce = history.firstLoss === undefined;
    const fix = (explodes ? fixInit(network) : undefined) ?? (atOnce ? undefined : fixTooHigh(train.learningRate));
    return {
      severity: 'error',
      origin: RATE,
      message: atOnce
        ? `The loss is not a finite number from step ${formatCount(observation.step)} on, where guessing costs ${formatLoss(guess)}.${fix ? '' : ' Look at the images, and at the weights that the network starts from.'}`
        : notFinite
          ? `The loss has not been a finite number since step ${formatCount(observation.step)}, and was ${formatLoss(history.firstLoss ?? Number.NaN)} at step 1.`
          : `The loss has run away: it is ${formatLoss(fiveStepLoss(history))}, and guessing costs ${formatLoss(guess)}.`,
      evidence: { loss: observation.loss, first_loss: history.firstLoss ?? Number.NaN },
      threshold: limit,
      thresholdSource: SOURCE,
      measured: observation.loss,
      fix,
    };
  },
};

export const diverged: Rule = {
  id: 'diverged',
  detail:
    'From the first number that is none, every later one is none: the weights are lost, and the checkpoint before is what is left. The cause is an initialisation that explodes, an input that is not normalised, or a learning rate that is too high, in this order.',
  notes: {
    quantity: 'The loss of each step; its mean over five steps.',
    test: `Not finite; or five-step means above ${TIMES_GUESSING} times guessing and ${TIMES_FIRST} times the first loss, for five steps.`,
    severity: 'Error.',
    fix: 'From the cause: `init: he` where the prediction explodes, else a tenth of the rate.',
    source: SOURCE,
    falsePositives: 'A network that starts with a large loss: three times the first loss counts.',
    end: 'The mean loss of five steps is that of guessing or less. A loss that is not finite stays so.',
  },
  watch: [measured],
  recovery: {
    judges: 'step',
    isOver: (_observation, history, { classCounts }) =>
      history.losses.length >= 5 && fiveStepLoss(history) <= labelEntropy(classCounts),
  },
};
