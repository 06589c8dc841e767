/**
 * Training examples are learnt, and validation ones no better than guessed: they are not of the same kind. A network that learns by heart
 * looks alike but for two things: it gained nothing on the examples of the first epoch, which it had never seen, and its predictions
 * are spread over the classes.
 */
import { formatCount, formatLoss, short } from '../numbers/format.ts';
import { inRunFile } from '../origin.ts';
import { type History, labelEntropy, trainGuessing } from './history.ts';
import { className, type Evaluation, type RuleContext } from './observation.ts';
import type { LiveTest, Rule } from './rule.ts';
import { commonestPrediction, exchangedClasses, guessingError, spreadOf } from './validation.ts';

/** Share of guessing’s error that may be left on training examples that count as learnt. */
const LEARNT = 0.7;
/** Standard errors: by so many an error on examples never seen is better than guessing, and validation is not. */
const SURE = 4;
const NOT_BETTER = 2;
/** Share of the predictions that one class has. */
const ONE_CLASS = 0.9;
/** In units of the entropy of the labels: a validation loss that is too large from the start, and a training loss that is learnt. */
const LARGE_LOSS = 2;
const LEARNT_LOSS = 0.5;
const SOURCE = 'guessing, and the standard error of an error over so many validation examples';
const ADVICE =
  'Look at how the validation images were prepared: scale, brightness or colours may differ (`rectiscope look FILE`).';

/** Errors on examples that the network had never seen were better than guessing, in the first epoch. */
export function learntFresh({ freshSteps, freshErrors }: History, { classCounts, train }: RuleContext): boolean {
  if (freshSteps === 0) return false;
  const guessing = trainGuessing(classCounts);
  const spread = Math.sqrt((guessing * (100 - guessing)) / (freshSteps * train.batchSize));
  return freshErrors / freshSteps < guessing - SURE * spread;
}

/** Training examples are learnt, in test mode, by far more than the spread of the validation error. */
export function learntTraining(evaluation: Evaluation, { classCounts }: RuleContext): boolean {
  const guessing = trainGuessing(classCounts);
  const spread = spreadOf(evaluation, guessing);
  const { trainTop1 } = evaluation;
  return spread !== undefined && trainTop1 < LEARNT * guessing && trainTop1 < guessing - SURE * spread;
}

const measured: LiveTest = {
  judges: 'evaluation',
  persistence: 2,
  judge(observation, history, context) {
    if (observation.kind !== 'evaluation' || !observation.confusion) return undefined;
    const { confusion, top1, trainTop1, loss, trainLoss } = observation;
    if (!Number.isFinite(loss) || !learntTraining(observation, context) || exchangedClasses(confusion).length > 0)
      return undefined;
    const guessing = guessingError(observation, context);
    const spread = spreadOf(observation, guessing) ?? Number.POSITIVE_INFINITY;
    const { index, share } = commonestPrediction(confusion);
    const isOne = share >= ONE_CLASS;
    const origin = inRunFile('data', 'source');
    if (top1 > guessing - NOT_BETTER * spread && (isOne || learntFresh(history, context))) {
      const what = isOne
        ? `${formatCount(100 * share)} % of the validation images are taken for class ${className(context, index)}, an error of ${short(top1)} %`
        : `the validation error is ${short(top1)} %`;
      return {
        severity: 'error',
        origin,
        message: `Validation is no better than guessing (${short(guessing)} %): ${what}, that of training ${short(trainTop1)} %. ${ADVICE}`,
        evidence: { top1, train_top1: trainTop1, guessing, standard_error: spread, share_of_one_class: share },
        threshold: guessing,
        thresholdSource: SOURCE,
        measured: top1,
      };
    }
    const entropy = labelEntropy(context.classCounts);
    const least = Math.min(...history.evaluations.map((past) => past.loss));
    const isLarge = loss > LARGE_LOSS * entropy && least > entropy && trainLoss < LEARNT_LOSS * entropy;
    if (!isLarge || !learntFresh(history, context)) return undefined;
    return {
      severity: 'error',
      origin,
      message: `Validation is worse than guessing: its loss is ${short(loss)}, random guessing gives ${formatLoss(entropy)}, and training has ${short(trainLoss)}. ${ADVICE}`,
      evidence: { loss, train_loss: trainLoss, guessing: entropy, top1, train_top1: trainTop1 },
      threshold: LARGE_LOSS * entropy,
      thresholdSource: SOURCE,
      measured: loss,
    };
  },
};

export const worseThanGuessing: Rule = {
  id: 'worse-than-guessing',
  detail:
    'A network that learns its training images and is no better than guessing on validation sees images of another kind there: scaled to another range, inverted, in other colours, or of other classes. More data or stronger decay would not help. The confusion matrix shows how it errs.',
  notes: {
    quantity:
      'Validation error and loss beside those of guessing and of training, all in test mode; the confusion matrix; the error of the first epoch, whose examples were new to the network.',
    test: `At 2 evaluations in a row: the training error is below ${LEARNT} of guessing and the validation error within ${NOT_BETTER} standard errors of guessing or above, while ${100 * ONE_CLASS} % of the predictions are one class or the first epoch was ${SURE} standard errors better than guessing. Or: the validation loss is above ${LARGE_LOSS} times guessing and never was below it, while the training loss is below half of it.`,
    severity: 'Error.',
    fix: 'None: the message says where to look.',
    source: SOURCE,
    falsePositives:
      'A network that learns by heart has the same errors, hence the first epoch and the single class. Classes that are swapped have a rule of their own.',
    end: 'Validation is better than guessing by more than its spread, twice.',
  },
  watch: [measured],
  recovery: {
    judges: 'evaluation',
    times: 1,
    isOver(observation, history, context) {
      if (observation.kind !== 'evaluation') return false;
      const guessing = guessingError(observation, context);
      const spread = spreadOf(observation, guessing) ?? 0;
      return observation.top1 < guessing - SURE * spread && measured.judge(observation, history, context) === undefined;
    },
  },
};
