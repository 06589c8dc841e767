/** The loss is not finite, or far above guessing and where it began. */

import { formatLoss, short } from '../numbers/format.ts';
import { mean } from '../numbers/statistics.ts';
import { inRunFile } from '../origin.ts';
import { fixTooHigh, RATE } from './fixes.ts';
import { fiveStepLoss, labelEntropy, wasNumber } from './history.ts';
import { fixInit } from './initialisation.ts';
import type { LiveTest, Rule } from './rule.ts';
import { hadLargeSteps, startedSoundly } from './start.ts';

const TIMES_GUESSING = 4;
const TIMES_FIRST = 3;
const EXPLODES = 30;
const SOURCE = 'four times the loss of guessing';

const measured: LiveTest = {
  judges: 'step',
  persistence: 1,
  judge(observation, history, context) {
    const { classCounts, train, network, propagation } = context;
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
    const isRate = !atOnce && startedSoundly(history, context) && hadLargeSteps(history, context);
    const fix = (explodes ? fixInit(network) : undefined) ?? (isRate ? fixTooHigh(train) : undefined);
    const look = fix ? '' : ' Look at the images, and at the weights that the network starts from.';
    const guessing = `random guessing gives ${formatLoss(guess)}`;
    return {
      severity: 'error',
      origin: isRate ? RATE : inRunFile('train'),
      message: atOnce
        ? `The loss is not a finite number from step ${observation.step} on, and ${guessing}.${look}`
        : notFinite
          ? `The loss has not been a finite number since step ${observation.step}, and was ${short(history.firstLoss ?? Number.NaN)} at step 1.${look}`
          : `The loss has diverged: it is ${short(fiveStepLoss(history))}, and ${guessing}.${look}`,
      evidence: { loss: observation.loss, first_loss: history.firstLoss ?? Number.NaN },
      threshold: limit,
      thresholdSource: SOURCE,
      measured: observation.loss,
      fix,
    };
  },
};

/** Validation that is no number, while the training loss may be one. */
const validation: LiveTest = {
  judges: 'evaluation',
  persistence: 1,
  judge(observation, history, { classCounts }) {
    if (observation.kind !== 'evaluation' || Number.isFinite(observation.loss)) return undefined;
    const { loss, trainLoss, step } = observation;
    const training = Number.isFinite(trainLoss)
      ? `and that of training is ${short(trainLoss)}`
      : 'nor is that of training';
    return {
      severity: 'error',
      origin: inRunFile('data', 'source'),
      message: `The validation loss is not a finite number at step ${step}, ${training}; random guessing gives ${formatLoss(labelEntropy(classCounts))}. Look at the validation images for values that are not numbers.`,
      evidence: { loss, train_loss: trainLoss, first_loss: history.firstLoss ?? Number.NaN },
      threshold: TIMES_GUESSING * labelEntropy(classCounts),
      thresholdSource: SOURCE,
      measured: loss,
    };
  },
};

export const diverged: Rule = {
  id: 'diverged',
  detail:
    'Once a loss is not a finite number, all weights are lost, and the checkpoint before is what is left. The cause is an image with values that are not numbers, an initialisation that explodes, an input that is not normalised, or a learning rate that is too high.',
  notes: {
    quantity: 'The loss of each step, its mean over five steps, and the loss of validation.',
    test: `Not finite; or five-step means above ${TIMES_GUESSING} times guessing and ${TIMES_FIRST} times the first loss, for five steps.`,
    severity: 'Error.',
    fix: '`init: he` where the prediction explodes; a tenth of the rate where steps were too large. Otherwise none.',
    source: SOURCE,
    falsePositives: 'A network that starts with a large loss: three times the first loss counts.',
    end: 'The mean loss of five steps is that of guessing or less, and the last validation loss is finite.',
  },
  watch: [measured, validation],
  recovery: {
    judges: 'step',
    isOver: (_observation, history, { classCounts }) =>
      history.losses.length >= 5 &&
      fiveStepLoss(history) <= labelEntropy(classCounts) &&
      wasNumber(history.evaluations.at(-1)?.loss ?? 0),
  },
};
