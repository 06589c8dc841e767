/**
 * Validation gets worse while training gets better, or stands far above it. Dropout and augmentation make the training loss
 * higher, hence it is taken in test mode; 500-example evaluations wobble by 10 %, hence twice in a row, after two epochs.
 */

import { short } from '../numbers/format.ts';
import { inRunFile } from '../origin.ts';
import type { PastEvaluation } from './history.ts';
import type { Observation } from './observation.ts';
import type { LiveTest, Rule } from './rule.ts';

const WORSE = 1.1;
const TIMES = 2;
const LEAST_GAP = 0.3;
const LEAST_POINTS = 8;
const SOURCE = 'silent on healthy runs, where a gap of 10 % would fire on 21 of 36';

type Evaluation = Extract<Observation, { kind: 'evaluation' }>;

/** How far the two losses have come apart; nothing where they have not. */
function apart(observation: Evaluation, evaluations: readonly PastEvaluation[]) {
  const { loss, trainLoss, top1, trainTop1, step } = observation;
  const best = evaluations.filter((past) => past.step < step).toSorted((a, b) => a.loss - b.loss)[0];
  const worse = best !== undefined && loss > WORSE * best.loss && trainLoss < best.trainLoss;
  const far = loss > TIMES * trainLoss && loss - trainLoss > LEAST_GAP && top1 - trainTop1 > LEAST_POINTS;
  return worse || far ? { best, worse } : undefined;
}

const measured: LiveTest = {
  judges: 'evaluation',
  persistence: 2,
  judge(observation, { evaluations }) {
    if (observation.kind !== 'evaluation' || observation.epoch < 2) return undefined;
    const gap = apart(observation, evaluations);
    if (!gap) return undefined;
    const { best, worse } = gap;
    const { loss, trainLoss, top1, trainTop1 } = observation;
    return {
      severity: 'warning',
      origin: inRunFile('data'),
      message: `The network learns its examples by heart: the validation loss is ${short(loss)}, the training loss ${short(trainLoss)}${best ? `, and the best validation loss was ${short(best.loss)} at step ${best.step}` : ''}. Use more data, dropout, more weight decay or fewer epochs.`,
      evidence: { loss, train_loss: trainLoss, top1, train_top1: trainTop1 },
      threshold: worse ? WORSE : TIMES,
      thresholdSource: SOURCE,
      measured: worse && best ? loss / best.loss : loss / trainLoss,
    };
  },
};

export const overfitting: Rule = {
  id: 'overfitting',
  detail:
    'What is learnt of the training images no longer holds for others. The weights of the best evaluation are worth more than the last ones. Both losses are taken in test mode over the same views, so dropout does not blur them.',
  notes: {
    quantity: 'Validation loss against its least so far and against the training loss, both in test mode.',
    test: `After 2 epochs, at 2 evaluations in a row: ${WORSE} times its least while the training loss fell; or ${TIMES} times the training loss, by more than ${LEAST_GAP}, and ${LEAST_POINTS} points of top-1 error above.`,
    severity: 'Warning.',
    fix: 'None by one edit: more data, dropout, weight decay, fewer epochs.',
    source: SOURCE,
    falsePositives:
      'Dropout makes the training loss of a batch higher (hence test mode); small validation sets wobble by 10 % (hence two in a row).',
    end: 'Six evaluations in a row without it.',
  },
  watch: [measured],
  recovery: {
    judges: 'evaluation',
    isOver: (observation, { evaluations }) =>
      observation.kind === 'evaluation' && apart(observation, evaluations) === undefined,
  },
};
