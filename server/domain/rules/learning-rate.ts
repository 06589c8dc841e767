/**
 * The learning rate is too high or too low. How far a step moves the weights is measured by the update ratio ‖Δw‖/‖w‖, median over
 * layers: healthy runs have 6e-4 to 1.2e-2. Traps: the first steps, warm-up, the coasting after a drop of the rate (velocity
 * keeps the old one for 1/(1 − μ) steps).
 */
import { fiveStepLoss, labelEntropy, recentLoss } from './history.ts';
import { median, short } from './numbers.ts';
import type { LiveRule, StaticRule } from './rule.ts';
import { effectiveRate, fixRate, gradientPerWeight, RATE } from './sources.ts';
import { LEAST_GRADIENT_PER_WEIGHT } from './vanishing-gradient.ts';

const HIGH_EFFECTIVE = 1;
const LOW_EFFECTIVE = 5e-4;
const HIGH_UPDATE = 0.05;
const LOW_UPDATE = 1e-4;
/** What a rate should move the weights by. */
const GOOD_UPDATE = 1e-3;
const SOURCE = 'healthy runs have a median update ratio of 6e-4 to 1.2e-2 (410 trainings)';
/** Steps before which ratios say little. */
const FIRST_STEPS = 3;
const LOW_FROM_STEP = 20;
/** Later than this a loss may leave the numbers for other reasons. */
const OVERFLOW_STEPS = 200;

/** Updates that are too large at two probes in a row. */
export const rateTooHighByUpdates: LiveRule = {
  id: 'learning-rate-too-high',
  judges: 'probe',
  persistence: 2,
  judge(observation, _history, { train }) {
    if (observation.kind !== 'probe' || observation.step <= FIRST_STEPS) return undefined;
    const measured = median(observation.layers.map(({ updateRatio }) => updateRatio));
    if (!(measured > HIGH_UPDATE)) return undefined;
    return {
      severity: 'error',
      source: RATE,
      message: `The learning rate is too high: a step moves the median layer by ${short(100 * measured)} % of its weights, and a run that learns by about 0.1 to 1 %.`,
      evidence: { update_ratio: measured, learning_rate: train.learningRate },
      threshold: HIGH_UPDATE,
      thresholdSource: SOURCE,
      measured,
      fix: fixRate(train.learningRate / 10),
    };
  },
};

/** A loss that rises well above where it was, at a rate near its peak. */
export const rateTooHighByLoss: LiveRule = {
  id: 'learning-rate-too-high',
  judges: 'step',
  persistence: 3,
  judge(observation, history, { train, classCounts }) {
    if (observation.kind !== 'step' || history.step <= FIRST_STEPS || observation.learningRate < history.peakRate / 2)
      return undefined;
    const now = fiveStepLoss(history);
    const limit = Math.max(2 * history.least, history.least + 1.5, 1.3 * labelEntropy(classCounts));
    if (!(now > limit)) return undefined;
    return {
      severity: 'error',
      source: RATE,
      message: `The learning rate is too high: the loss rose to ${short(now)} after it had been ${short(history.least)}.`,
      evidence: { loss: now, least: history.least, learning_rate: train.learningRate },
      threshold: limit,
      thresholdSource: 'silent on the healthy runs among 410 trainings; batches of four are the noisiest',
      measured: now,
      fix: fixRate(train.learningRate / 10),
    };
  },
};

/** A loss that is a number no more, early, where the initialisation does not explain it: judged at once, the run may end. */
export const rateTooHighByOverflow: LiveRule = {
  id: 'learning-rate-too-high',
  judges: 'step',
  persistence: 1,
  judge(observation, history, { train, propagation }) {
    if (observation.kind !== 'step' || Number.isFinite(observation.loss)) return undefined;
    if (observation.step > OVERFLOW_STEPS || propagation.forwardExcess > 30) return undefined;
    return {
      severity: 'error',
      source: RATE,
      message: `The learning rate is too high: the loss is not finite since step ${observation.step}, and had been ${short(history.firstLoss ?? Number.NaN)} at step 1.`,
      evidence: {
        loss: observation.loss,
        first_loss: history.firstLoss ?? Number.NaN,
        learning_rate: train.learningRate,
      },
      threshold: OVERFLOW_STEPS,
      thresholdSource:
        'in 410 trainings a loss left the numbers so early under rates of 0.25 and more, or where the initialisation explodes',
      measured: observation.loss,
      fix: fixRate(train.learningRate / 10),
    };
  },
};

/** Updates that hardly move anything, at four probes in a row from step 20. */
export const rateTooLow: LiveRule = {
  id: 'learning-rate-too-low',
  judges: 'probe',
  persistence: 4,
  judge(observation, history, context) {
    const { train, classCounts } = context;
    if (observation.kind !== 'probe' || observation.step < LOW_FROM_STEP || history.rate < 0.99 * history.peakRate)
      return undefined;
    const { layers } = observation;
    const measured = median(layers.map(({ updateRatio }) => updateRatio));
    // A gradient that vanished moves nothing either: that is another rule's, and no rate would help.
    const vanished = median(layers.map(gradientPerWeight)) < LEAST_GRADIENT_PER_WEIGHT;
    const dead = layers.some(({ deadFraction }) => deadFraction >= 0.9);
    const warming = train.schedule.kind === 'warmup' && history.rate < train.learningRate;
    if (
      !(measured < LOW_UPDATE) ||
      vanished ||
      dead ||
      warming ||
      recentLoss(history, context) <= 0.5 * labelEntropy(classCounts)
    )
      return undefined;
    const better = train.learningRate * Math.min(1000, GOOD_UPDATE / measured);
    return {
      severity: 'warning',
      source: RATE,
      message: `The learning rate is too low: a step moves the median layer by ${short(100 * measured)} % of its weights, and a run that learns by about 0.1 to 1 %.`,
      evidence: { update_ratio: measured, learning_rate: train.learningRate },
      threshold: LOW_UPDATE,
      thresholdSource: SOURCE,
      measured,
      fix: fixRate(better),
    };
  },
};

/** η/(1 − μ) at the peak of the schedule. */
export const rateTooHighStatic: StaticRule = {
  id: 'learning-rate-too-high',
  check({ train }) {
    const rate = effectiveRate(train);
    if (rate < HIGH_EFFECTIVE) return undefined;
    return {
      severity: 'warning',
      source: RATE,
      message: `The learning rate looks too high: with momentum ${train.momentum} it amounts to ${short(rate)}, and runs that learn stay below ${HIGH_EFFECTIVE}.`,
      evidence: { effective_rate: rate },
      threshold: HIGH_EFFECTIVE,
      thresholdSource: '410 trainings at rates of 1e-6 to 3',
      predicted: rate,
      fix: fixRate(train.learningRate / 10),
    };
  },
};

export const rateTooLowStatic: StaticRule = {
  id: 'learning-rate-too-low',
  check({ train }) {
    const rate = effectiveRate(train);
    if (rate > LOW_EFFECTIVE) return undefined;
    const wanted = 0.05 * (1 - train.momentum);
    return {
      severity: 'warning',
      source: RATE,
      message: `The learning rate looks too low: with momentum ${train.momentum} it amounts to ${short(rate)}, and runs that learn have more than ${LOW_EFFECTIVE}.`,
      evidence: { effective_rate: rate },
      threshold: LOW_EFFECTIVE,
      thresholdSource: '410 trainings at rates of 1e-6 to 3',
      predicted: rate,
      fix: fixRate(wanted),
    };
  },
};
