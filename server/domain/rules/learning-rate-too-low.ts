/** Updates are so small that the run would take far too long. */

import { short } from '../numbers/format.ts';
import { gradientPerWeight, LEAST_GRADIENT_PER_WEIGHT } from '../numbers/gradient-per-weight.ts';
import { median } from '../numbers/statistics.ts';
import { optimizerOf } from '../optimizers/optimizers.ts';
import { RATE, raiseRate } from './fixes.ts';
import { labelEntropy, recentLoss } from './history.ts';
import { medianUpdate } from './measures.ts';
import { describeRate, describeUpdate, effectiveRate, RATE_SOURCE, UPDATE_SOURCE } from './rates.ts';
import type { LiveTest, Rule } from './rule.ts';

const LOW_EFFECTIVE = 5e-4;
const LOW_UPDATE = 1e-4;
/** What a rate should move the weights by. */
const GOOD_UPDATE = 1e-3;
/** η/(1 − μ) of a rate that suits most networks. */
const GOOD_EFFECTIVE = 0.05;
const FROM_STEP = 20;
const DEAD = 0.9;

const measured: LiveTest = {
  judges: 'probe',
  persistence: 4,
  judge(observation, history, context) {
    const { train, classCounts } = context;
    if (observation.kind !== 'probe' || observation.step < FROM_STEP || history.rate < 0.99 * history.peakRate)
      return undefined;
    const { layers } = observation;
    const ratio = medianUpdate(layers);
    // A gradient that vanished moves nothing either: that is another rule's, and no rate would help.
    const vanished = median(layers.map(gradientPerWeight)) < LEAST_GRADIENT_PER_WEIGHT;
    const dead = layers.some(({ deadFraction }) => deadFraction >= DEAD);
    const warming = train.schedule.kind === 'warmup' && history.rate < train.learningRate;
    const low = recentLoss(history, context) <= 0.5 * labelEntropy(classCounts);
    if (!(ratio < LOW_UPDATE) || vanished || dead || warming || low) return undefined;
    return {
      severity: 'warning',
      origin: RATE,
      message: `The learning rate is too low: ${describeUpdate(ratio)}.`,
      evidence: { update_ratio: ratio, learning_rate: train.learningRate },
      threshold: LOW_UPDATE,
      thresholdSource: UPDATE_SOURCE,
      measured: ratio,
      fix: raiseRate(train, train.learningRate * Math.min(1000, GOOD_UPDATE / ratio)),
    };
  },
};

export const learningRateTooLow: Rule = {
  id: 'learning-rate-too-low',
  detail:
    'Where a step changes a ten-thousandth of the weights, a weight needs some ten thousand steps to change by its own size. The fix brings the update ratio to about 0.1 %.',
  notes: {
    quantity:
      'Before training: η/(1 − μ) at the peak of the schedule. Live: the median over layers of the update ratio.',
    test: `Before training: at most ${LOW_EFFECTIVE}. Live: an update ratio below ${LOW_UPDATE} at 4 probes in a row from step ${FROM_STEP}, at the peak rate, while the loss is above half of guessing, the gradient has not vanished, and no layer is ${100 * DEAD} % dead.`,
    severity: 'Warning.',
    fix: `Live: the rate that brings the update ratio to ${GOOD_UPDATE}, at most a thousand times the old one. Before training: η/(1 − μ) = ${GOOD_EFFECTIVE}.`,
    source: `Live: ${UPDATE_SOURCE}. Before training: ${RATE_SOURCE}.`,
    falsePositives:
      'A rate after planned drops; warm-up; a training loss near 0; a gradient that vanished, where weight decay alone moves the weights (no rate would help).',
    end: 'The update ratio is back above the limit, or the loss is below half of guessing.',
  },
  predict({ train }) {
    const rate = effectiveRate(train);
    if (rate > LOW_EFFECTIVE) return undefined;
    return {
      severity: 'warning',
      origin: RATE,
      message: `The learning rate looks too low: ${describeRate(train)} amounts to ${short(rate)}, and runs that learn have more than ${LOW_EFFECTIVE}.`,
      evidence: { effective_rate: rate },
      threshold: LOW_EFFECTIVE,
      thresholdSource: RATE_SOURCE,
      predicted: rate,
      fix: raiseRate(train, optimizerOf(train.optimizer).rateOf(GOOD_EFFECTIVE)),
    };
  },
  watch: [measured],
  recovery: {
    judges: 'probe',
    isOver: (observation, history, context) =>
      observation.kind === 'probe' &&
      (medianUpdate(observation.layers) >= LOW_UPDATE ||
        recentLoss(history, context) <= 0.5 * labelEntropy(context.classCounts)),
  },
};
