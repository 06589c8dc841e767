/** Rules about the course of the loss: never began, stands still, ran away. */
import { toSteps } from '../duration.ts';
import { fiveStepLoss, labelEntropy, plateauWindow } from './history.ts';
import { mean, short, standardError } from './numbers.ts';
import type { RuleContext } from './observation.ts';
import type { LiveRule } from './rule.ts';
import { fixInit, fixRate, RATE } from './sources.ts';

const STALL_STEPS = 100;
const STALL_EXAMPLES = 3000;

/** Step from which a run that has not begun to learn counts as stalled: after any warm-up. */
function stallFrom({ train, stepsPerEpoch }: RuleContext): number {
  const warmup = train.schedule.kind === 'warmup' ? toSteps(train.schedule.duration, stepsPerEpoch) : 0;
  return warmup + Math.max(STALL_STEPS, Math.ceil(STALL_EXAMPLES / train.batchSize));
}

/** Never learnt, and the mean of 40 steps is that of guessing by frequency (not ln K: classes may be unequal). */
export const stalled: LiveRule = {
  id: 'stalled',
  judges: 'step',
  persistence: 1,
  judge(_observation, history, context) {
    if (history.everLearnt || history.step < stallFrom(context)) return undefined;
    const guess = labelEntropy(context.classCounts);
    const measured = mean(history.losses.slice(-40));
    if (!(measured > 0.97 * guess)) return undefined;
    return {
      severity: 'error',
      source: RATE,
      message: `Nothing has been learnt in ${history.step} steps: the loss is ${short(measured)}, and guessing costs ${short(guess)}.`,
      evidence: { loss: measured, guess },
      threshold: 0.97 * guess,
      thresholdSource: 'healthy networks of 4 to 28 layers have begun by then (410 trainings)',
      measured,
      fix: fixInit(context.network) ?? fixRate(context.train.learningRate / 3),
    };
  },
};

/** Two neighbouring windows at one constant rate that differ by less than 2 % and two standard errors, far from the end. */
export const plateaued: LiveRule = {
  id: 'plateaued',
  judges: 'step',
  persistence: 10,
  judge(_observation, history, { train, classCounts }) {
    const n = plateauWindow(train.batchSize);
    const { losses, everLearnt } = history;
    if (!everLearnt || losses.length < 2 * n) return undefined;
    const before = losses.slice(-2 * n, -n);
    const after = losses.slice(-n);
    const gain = mean(before) - mean(after);
    const error = Math.hypot(standardError(before), standardError(after));
    if (gain >= 0.02 * mean(before) || gain >= 2 * error || mean(after) <= 0.35 * labelEntropy(classCounts))
      return undefined;
    const dropped = history.rate < history.peakRate;
    return {
      severity: 'warning',
      source: dropped ? ['train', 'schedule'] : RATE,
      message: `The loss stands still: ${short(mean(before))} and ${short(mean(after))} in the last two windows of ${n} steps${dropped ? `, since the rate dropped to ${short(history.rate)}` : ''}.`,
      evidence: { before: mean(before), after: mean(after), standard_error: error, window: n },
      threshold: 0.02,
      thresholdSource: 'the weakest of the rules: see docs/diagnosis.md',
      measured: gain / mean(before),
      ...(dropped && {
        fix: {
          title: 'Keep the learning rate: schedule: constant',
          changes: [{ kind: 'set', path: ['train', 'schedule'], value: 'constant' }],
        },
      }),
    };
  },
};

/** Not finite: at once. Or five-step means far above guessing and the start, for five steps. */
export const diverged: LiveRule = {
  id: 'diverged',
  judges: 'step',
  persistence: 1,
  judge(observation, history, { classCounts, train, network, propagation }) {
    if (observation.kind !== 'step') return undefined;
    const notFinite = !Number.isFinite(observation.loss);
    const limit = Math.max(4 * labelEntropy(classCounts), 3 * (history.firstLoss ?? 0));
    const high =
      history.losses.length >= 10 &&
      history.losses.slice(-9).every((_, i, last) => i > 4 || mean(last.slice(i, i + 5)) > limit);
    if (!notFinite && !high) return undefined;
    const explodes = propagation.forwardExcess > 30;
    return {
      severity: 'error',
      source: RATE,
      message: notFinite
        ? `The loss is not finite since step ${observation.step}.`
        : `The loss has run away: ${short(fiveStepLoss(history))}, where guessing costs ${short(labelEntropy(classCounts))}.`,
      evidence: { loss: observation.loss, first_loss: history.firstLoss ?? Number.NaN },
      threshold: limit,
      thresholdSource: 'four times the loss of guessing',
      measured: observation.loss,
      fix: explodes ? fixInit(network) : fixRate(train.learningRate / 10),
    };
  },
};
