/**
 * Updates are so large that they undo each other. Traps: the first steps, warm-up, the coasting after a drop of the rate
 * (momentum keeps the old one for 1/(1 − μ) steps).
 */

import { short } from '../numbers/format.ts';
import { optimizerOf } from '../optimizers/optimizers.ts';
import { fixTooHigh, lowerRate, RATE } from './fixes.ts';
import { fiveStepLoss, type History, isLearning, labelEntropy } from './history.ts';
import { medianUpdate } from './measures.ts';
import type { RuleContext } from './observation.ts';
import {
  describeRate,
  describeUpdate,
  effectiveRate,
  HIGH_EFFECTIVE,
  HIGH_UPDATE,
  RATE_SOURCE,
  UPDATE_SOURCE,
} from './rates.ts';
import type { Diagnosis, LiveTest, Rule } from './rule.ts';
import { hadLargeSteps, killedUnits, startedSoundly } from './start.ts';

/** Steps before which ratios say little. */
const FIRST_STEPS = 3;
/** Later than this a loss may overflow for other reasons. */
const OVERFLOW_STEPS = 200;
const EXPLODES = 30;

/** Steps of a run that started oddly are large for that reason: then the rate is not blamed. */
const blame = (history: History, context: RuleContext): Pick<Diagnosis, 'relation'> =>
  startedSoundly(history, context) ? {} : { relation: 'only-symptom' };

/** Updates that are too large at two probes in a row. */
const byUpdates: LiveTest = {
  judges: 'probe',
  persistence: 2,
  judge(observation, history, context) {
    const { train } = context;
    if (observation.kind !== 'probe' || observation.step <= FIRST_STEPS) return undefined;
    const measured = medianUpdate(observation.layers);
    if (!(measured > HIGH_UPDATE)) return undefined;
    return {
      severity: 'error',
      origin: RATE,
      message: `The learning rate is too high: ${describeUpdate(measured)}.`,
      evidence: { update_ratio: measured, learning_rate: train.learningRate },
      threshold: HIGH_UPDATE,
      thresholdSource: UPDATE_SOURCE,
      measured,
      fix: fixTooHigh(train),
      ...blame(history, context),
    };
  },
};

/** Units that lived, and died after steps that were too large. */
const byDeaths: LiveTest = {
  judges: 'probe',
  persistence: 3,
  judge(observation, history, context) {
    const { lastProbe, greatestUpdate } = history;
    if (observation.kind !== 'probe' || !lastProbe || !killedUnits(history, context)) return undefined;
    const { worstDead, averageDead } = lastProbe;
    const { train } = context;
    return {
      severity: 'error',
      origin: RATE,
      message: `The learning rate is too high: a step moved the median layer by up to ${short(100 * greatestUpdate)} % of its weights, and ${short(100 * averageDead)} % of the rectified units have died since.`,
      evidence: { greatest_update_ratio: greatestUpdate, worst_dead: worstDead, average_dead: averageDead },
      threshold: HIGH_UPDATE,
      thresholdSource: UPDATE_SOURCE,
      measured: greatestUpdate,
      fix: lowerRate(train, train.learningRate / 3),
    };
  },
};

/** A loss that rises well above where it was, at a rate near its peak. */
const byLoss: LiveTest = {
  judges: 'step',
  persistence: 3,
  judge(observation, history, context) {
    const { train, classCounts } = context;
    if (observation.kind !== 'step' || history.step <= FIRST_STEPS || observation.learningRate < history.peakRate / 2)
      return undefined;
    const now = fiveStepLoss(history);
    const limit = Math.max(2 * history.least, history.least + 1.5, 1.3 * labelEntropy(classCounts));
    // A loss rises for other reasons, too: batches of one class after another, or images unlike the others.
    const isRate = history.greatestUpdate > HIGH_UPDATE || effectiveRate(train) >= HIGH_EFFECTIVE;
    if (!(now > limit) || !isRate) return undefined;
    return {
      severity: 'error',
      origin: RATE,
      message: `The learning rate is too high: the loss rose to ${short(now)}, and had been down to ${short(history.least)}.`,
      evidence: { loss: now, least: history.least, learning_rate: train.learningRate },
      threshold: limit,
      thresholdSource: 'silent on the healthy runs among 410 trainings; batches of four are the noisiest',
      measured: now,
      fix: fixTooHigh(train),
      ...blame(history, context),
    };
  },
};

/** A loss that overflows early after large steps, where the initialisation does not explain it: judged at once, the run may end. */
const byOverflow: LiveTest = {
  judges: 'step',
  persistence: 1,
  judge(observation, history, context) {
    const { train, propagation } = context;
    if (observation.kind !== 'step' || Number.isFinite(observation.loss)) return undefined;
    if (observation.step > OVERFLOW_STEPS || propagation.forwardExcess > EXPLODES) return undefined;
    // Before the first update no learning rate can be the cause.
    if (history.firstLoss === undefined || !hadLargeSteps(history, context)) return undefined;
    return {
      severity: 'error',
      origin: RATE,
      message: `The learning rate is too high: the loss has not been a finite number since step ${observation.step}, and was ${short(history.firstLoss)} at step 1.`,
      evidence: {
        loss: observation.loss,
        first_loss: history.firstLoss,
        learning_rate: train.learningRate,
      },
      threshold: OVERFLOW_STEPS,
      thresholdSource:
        'in 410 trainings numbers overflow so early under rates of 0.25 and more, or where the initialisation explodes',
      measured: observation.loss,
      fix: fixTooHigh(train),
      ...blame(history, context),
    };
  },
};

export const learningRateTooHigh: Rule = {
  id: 'learning-rate-too-high',
  detail:
    'Where a step changes a large share of the weights, the loss jumps back and forth, units die, or numbers overflow. Momentum multiplies the rate by 1/(1 − momentum) once it has built up.',
  notes: {
    quantity:
      'Before training: η/(1 − μ) at the peak of the schedule. Live: the median over layers of the update ratio ‖Δw‖ / ‖w‖; the mean loss of five steps against its least so far.',
    test: `Before training: at least ${HIGH_EFFECTIVE}. Live: an update ratio above ${HIGH_UPDATE} at 2 probes in a row after step ${FIRST_STEPS}; or the loss above twice its least, its least + 1.5 and 1.3 times guessing, for 3 steps at half the peak rate or more, after such an update ratio; or a loss that is not finite in the first ${OVERFLOW_STEPS} steps, after large updates or a rise, where the initialisation does not explode; or one update ratio above ${HIGH_UPDATE}, a loss that rose, and rectified units that were alive at the first probe and dead at 3 in a row.`,
    severity: 'Before training: warning. Live: error.',
    fix: 'A tenth of the rate (a third where it only killed units); before training no more than η/(1 − μ) = 0.5.',
    source: `Live: ${UPDATE_SOURCE}. Before training: ${RATE_SOURCE}.`,
    falsePositives:
      'The first steps; batches of four (the noisiest); warm-up; right after a drop of the rate, when the momentum of the old rate carries on (windows begin anew at a drop). A run that starts with a large loss or an odd signal has large steps for that reason: then this is a consequence, or silent.',
    end: 'The network learns, with an update ratio below the limit.',
  },
  predict({ train }) {
    const rate = effectiveRate(train);
    if (rate < HIGH_EFFECTIVE) return undefined;
    return {
      severity: 'warning',
      origin: RATE,
      message: `The learning rate looks too high: ${describeRate(train)} amounts to ${short(rate)}, and runs that learn stay below ${HIGH_EFFECTIVE}.`,
      evidence: { effective_rate: rate },
      threshold: HIGH_EFFECTIVE,
      thresholdSource: RATE_SOURCE,
      predicted: rate,
      // A tenth, or what is sound with this optimiser: once it is mended, this rule has nothing to say.
      fix: lowerRate(
        train,
        Math.min(train.learningRate / 10, optimizerOf(train.optimizer).rateOf(0.5 * HIGH_EFFECTIVE)),
      ),
    };
  },
  watch: [byUpdates, byLoss, byOverflow, byDeaths],
  recovery: {
    judges: 'probe',
    isOver: (observation, history, context) =>
      observation.kind === 'probe' && isLearning(history, context) && medianUpdate(observation.layers) <= HIGH_UPDATE,
  },
};
