/**
 * The labels have nothing to do with the images as the network gets them: everything is in order, and nothing is learnt; or only by heart,
 * with validation at guessing throughout.
 */
import { formatLoss, short } from '../numbers/format.ts';
import { LEAST_GRADIENT_PER_WEIGHT } from '../numbers/gradient-per-weight.ts';
import { inRunFile } from '../origin.ts';
import { LEAST_RATIO } from './decay-dominates.ts';
import { type History, isLearning, labelEntropy, recentLoss, trainGuessing } from './history.ts';
import { judgeNeighbours, NEIGHBOUR_NOTES } from './labels-unrelated-neighbours.ts';
import type { RuleContext } from './observation.ts';
import { HIGH_UPDATE } from './rates.ts';
import type { LiveTest, Rule } from './rule.ts';
import { isLast, STALL_EXAMPLES, STALL_SHARE } from './stalled.ts';
import { startedSoundly } from './start.ts';
import { atStart } from './survey-rule.ts';
import { commonestPrediction, exchangedClasses, guessingError, spreadOf } from './validation.ts';
import { learntFresh } from './worse-than-guessing.ts';

/** Epochs before which a network may not have begun. */
const LEAST_EPOCHS = 3;
/** After so many steps and epochs even a narrow deep network has begun; earlier only a run’s end decides. */
const LONG_STEPS = 300;
const LONG_EPOCHS = 6;
/** Points of error that training gains by heart. */
const LEAST_POINTS = 15;
/** Standard errors: training is so far from guessing, and validation never was so much better. */
const SURE = 4;
const NEVER = 3;
const NOT_BETTER = 2;
/** Least update ratio, and greatest share of dead units, of a network that could learn. */
const LEAST_UPDATE = 1e-4;
const MOST_DEAD = 0.9;
const SOURCE = 'guessing, and the standard error of an error over so many validation examples';

/** Labels of like images are alike, as far as the data were looked at: then they are related to the images. */
const areRelated = ({ data }: RuleContext): boolean => {
  const neighbours = data?.neighbours;
  return neighbours !== undefined && neighbours.accuracy > neighbours.guessing + SURE * neighbours.standardError;
};

/** Validation has been at guessing all along, as far as its examples can tell. */
const isGuessed = ({ bestValidation, worstValidation }: History): boolean =>
  bestValidation < NEVER && worstValidation < NEVER;

/** Training is learnt, and nothing of it holds for other images. */
const byHeart: LiveTest = {
  judges: 'evaluation',
  persistence: 2,
  judge(observation, history, context) {
    if (observation.kind !== 'evaluation' || !observation.confusion || observation.epoch < LEAST_EPOCHS)
      return undefined;
    const { top1, trainTop1, confusion } = observation;
    const guessing = trainGuessing(context.classCounts);
    const own = guessingError(observation, context);
    const spread = spreadOf(observation, own) ?? Number.POSITIVE_INFINITY;
    const isLearnt = trainTop1 < guessing - Math.max(LEAST_POINTS, SURE * spread);
    const isOther = learntFresh(history, context) || exchangedClasses(confusion).length > 0;
    if (!isLearnt || isOther || areRelated(context) || top1 < own - NOT_BETTER * spread) return undefined;
    if (!isGuessed(history)) return undefined;
    return {
      severity: 'warning',
      origin: inRunFile('data', 'source'),
      message: `The labels seem unrelated to the images: the training error fell to ${short(trainTop1)} % by heart, and the validation error of ${short(top1)} % is that of guessing (${short(own)} %). Look at images with their labels: \`rectiscope look FILE\`.`,
      evidence: { top1, train_top1: trainTop1, guessing: own, standard_error: spread },
      threshold: own,
      thresholdSource: SOURCE,
      measured: top1,
      relation: 'only-root',
    };
  },
};

/** Gradient and updates are those of a network that learns, and nothing is learnt. */
function isInOrder({ lastProbe, ...history }: History, context: RuleContext): boolean {
  return (
    lastProbe !== undefined &&
    startedSoundly(history, context) &&
    lastProbe.gradientPerWeight >= LEAST_GRADIENT_PER_WEIGHT &&
    (context.train.weightDecay === 0 || lastProbe.gradientPerDecay >= LEAST_RATIO) &&
    lastProbe.update >= LEAST_UPDATE &&
    history.greatestUpdate <= HIGH_UPDATE &&
    lastProbe.worstDead < MOST_DEAD
  );
}

const notAtAll: LiveTest = {
  judges: 'evaluation',
  persistence: 1,
  judge(observation, history, context) {
    if (observation.kind !== 'evaluation' || !observation.confusion || observation.epoch < LEAST_EPOCHS)
      return undefined;
    const { train, classCounts } = context;
    const entropy = labelEntropy(classCounts);
    const loss = recentLoss(history, context);
    const isLong = isLast(history, context) || (history.step >= LONG_STEPS && observation.epoch >= LONG_EPOCHS);
    const isPatient = isLong && history.step * train.batchSize >= STALL_EXAMPLES;
    const nothing = !history.everLearnt && !isLearning(history, context) && loss > STALL_SHARE * entropy && entropy > 0;
    if (!isPatient || !nothing || areRelated(context) || !isInOrder(history, context)) return undefined;
    if (!isGuessed(history)) return undefined;
    const { share } = commonestPrediction(observation.confusion);
    return {
      severity: 'warning',
      origin: inRunFile('data', 'source'),
      message: `The labels seem unrelated to the images: after ${short(observation.epoch)} epochs the loss is ${formatLoss(loss)}, random guessing gives ${formatLoss(entropy)}, and gradient, rate and decay are in order. Look at images with their labels: \`rectiscope look FILE\`.`,
      evidence: {
        loss,
        guessing: entropy,
        gradient_per_weight: history.lastProbe?.gradientPerWeight ?? Number.NaN,
        update_ratio: history.lastProbe?.update ?? Number.NaN,
        share_of_one_class: share,
      },
      threshold: STALL_SHARE * entropy,
      thresholdSource: SOURCE,
      measured: loss,
      relation: 'only-root',
    };
  },
};

export const labelsUnrelated: Rule = {
  id: 'labels-unrelated',
  detail:
    'Labels that were mixed up, shifted by a row, or read from another list can only be learnt by heart, image by image: nothing of that holds for other images. The same is seen where the images hold nothing that tells the classes apart, after `resize`, after `crop`, or where colours are read as grey.',
  notes: {
    quantity: `${NEIGHBOUR_NOTES.quantity} In a run: training error in test mode, validation error and the error of the first epoch, beside guessing; gradient per weight, update ratio and decay of the last probe.`,
    test: `${NEIGHBOUR_NOTES.test} In a run: from ${LEAST_EPOCHS} epochs on, where no other cause was found. By heart: the training error is ${SURE} standard errors and ${LEAST_POINTS} points below guessing at 2 evaluations in a row, validation never was ${NEVER} standard errors better or worse than guessing, and the first epoch was at guessing. Not at all: nothing was learnt at the end of the run, or after ${LONG_STEPS} steps and ${LONG_EPOCHS} epochs, with a healthy start, gradient, update ratio and decay.`,
    severity: 'Error before training; warning in a run (“seem”).',
    fix: 'None: look at the labels.',
    source: `${NEIGHBOUR_NOTES.source}; in a run ${SOURCE}`,
    falsePositives: `${NEIGHBOUR_NOTES.falsePositives} In a run: hard tasks with few validation images, hence the standard errors. A narrow deep network that begins late: hence the end of the run. Validation images that are prepared differently: hence the first epoch.`,
    end: 'Validation is better than guessing by its spread, twice.',
  },
  predict: ({ data }) => data && judgeNeighbours(data),
  watch: [atStart(judgeNeighbours), byHeart, notAtAll],
  recovery: {
    judges: 'evaluation',
    times: 1,
    isOver: (observation, history) => observation.kind === 'evaluation' && history.bestValidation >= NEVER,
  },
};
