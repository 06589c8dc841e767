/**
 * Validation gets worse while training gets better, and is still better than guessing. Dropout and augmentation make the training loss higher,
 * hence it is taken in test mode; few validation images wobble, hence the spread, twice in a row, after two epochs.
 */
import { short } from '../numbers/format.ts';
import { inRunFile } from '../origin.ts';
import { labelEntropy, type PastEvaluation } from './history.ts';
import type { Evaluation, RuleContext } from './observation.ts';
import type { LiveTest, Rule } from './rule.ts';
import { examplesOf, exchangedClasses, guessingError, spreadOf } from './validation.ts';

const WORSE = 1.1;
/** Standard errors of a mean loss over the validation examples that count as a rise; and of the error below guessing. */
const SURE = 2;
const SURE_OF_LEARNING = 4;
/** Validation examples where nobody knows how many there are: those of a large set. */
const MANY = 1000;
const SOURCE =
  'silent on healthy runs, where a gap of 10 % would fire on 21 of 36; the spread is that of a mean of so many losses';

/** Factor above its least that a validation loss reaches by more than chance: losses spread about as much as their mean. */
const limitOf = (evaluation: Evaluation): number =>
  Math.max(WORSE, 1 + SURE / Math.sqrt(examplesOf(evaluation) ?? MANY));

/** The best evaluation before, where validation has got worse since by more than its spread; nothing where it has not. */
function worseThan(
  observation: Evaluation,
  evaluations: readonly PastEvaluation[],
  context: RuleContext,
): PastEvaluation | undefined {
  const { loss, trainLoss, top1, step } = observation;
  const best = evaluations.filter((past) => past.step < step).toSorted((a, b) => a.loss - b.loss)[0];
  if (!best || !(loss > limitOf(observation) * best.loss) || !(trainLoss < best.trainLoss)) return undefined;
  // Loss or classes that never were right are no memory: the images or labels of validation are at fault.
  if (best.loss >= labelEntropy(context.classCounts)) return undefined;
  if (observation.confusion && exchangedClasses(observation.confusion).length > 0) return undefined;
  const guessing = guessingError(observation, context);
  const spread = spreadOf(observation, guessing) ?? 0;
  return top1 < guessing - SURE_OF_LEARNING * spread ? best : undefined;
}

const measured: LiveTest = {
  judges: 'evaluation',
  persistence: 2,
  judge(observation, { evaluations }, context) {
    if (observation.kind !== 'evaluation' || observation.epoch < 2) return undefined;
    const best = worseThan(observation, evaluations, context);
    if (!best) return undefined;
    const { loss, trainLoss, top1, trainTop1 } = observation;
    return {
      severity: 'warning',
      origin: inRunFile('data'),
      message: `The network learns its examples by heart: the validation loss rose from ${short(best.loss)} at step ${best.step} to ${short(loss)}, while the training loss fell to ${short(trainLoss)}. Use more data, dropout, more weight decay or fewer epochs.`,
      evidence: { loss, train_loss: trainLoss, top1, train_top1: trainTop1, least_loss: best.loss },
      threshold: limitOf(observation),
      thresholdSource: SOURCE,
      measured: loss / best.loss,
    };
  },
};

export const overfitting: Rule = {
  id: 'overfitting',
  detail:
    'What the network learns of the training images no longer holds for others. The weights of the best evaluation are worth more than the last ones. Both losses are taken in test mode over the same views, so dropout does not blur them.',
  notes: {
    quantity:
      'Validation loss beside its least so far, and training loss, both in test mode; validation error beside guessing.',
    test: `After 2 epochs, at 2 evaluations in a row: the validation loss is ${WORSE} times its least so far, and ${SURE} standard errors of a mean over so many examples above it, while the training loss fell; and the validation loss was once below that of guessing and its error still is, by ${SURE_OF_LEARNING} standard errors.`,
    severity: 'Warning.',
    fix: 'None by one edit: more data, dropout, weight decay, fewer epochs.',
    source: SOURCE,
    falsePositives:
      'Dropout makes the training loss of a batch higher (hence test mode); small validation sets wobble (hence the spread, and two in a row). Validation at guessing is no overfitting: labels or images are at fault.',
    end: 'Two evaluations in a row without it.',
  },
  watch: [measured],
  recovery: {
    judges: 'evaluation',
    times: 1,
    isOver: (observation, { evaluations }, context) =>
      observation.kind === 'evaluation' && worseThan(observation, evaluations, context) === undefined,
  },
};
