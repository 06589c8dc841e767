/** The loss stands still far from its end. The weakest of the rules: it needs the most patience. */

import { formatCount, formatLoss, formatRate } from '../numbers/format.ts';
import { mean, standardError } from '../numbers/statistics.ts';
import { inRunFile } from '../origin.ts';
import { toSteps } from '../schedule/duration.ts';
import { plateauOf } from '../schedule/plateau.ts';
import { isDropAhead } from '../schedule/schedule.ts';
import { RATE } from './fixes.ts';
import { labelEntropy, plateauWindow } from './history.ts';
import type { LiveTest, Rule } from './rule.ts';
import { stepsSinceWarmup } from './stalled.ts';

const LEAST_GAIN = 0.02;
const FINISHED = 0.35;
const SOURCE = 'the weakest of the rules, by 410 trainings: see docs/diagnosis.md';

interface Windows {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** The last two neighbouring windows at one learning rate; nothing while there are not enough steps. */
function windowsOf(losses: readonly number[], n: number): Windows | undefined {
  return losses.length < 2 * n ? undefined : { before: losses.slice(-2 * n, -n), after: losses.slice(-n) };
}

function standsStill({ before, after }: Windows, guess: number): boolean {
  const gain = mean(before) - mean(after);
  const error = Math.hypot(standardError(before), standardError(after));
  return gain < LEAST_GAIN * mean(before) && gain < 2 * error && mean(after) > FINISHED * guess;
}

const measured: LiveTest = {
  judges: 'step',
  persistence: 20,
  judge(_observation, history, context) {
    const { train, classCounts, stepsPerEpoch } = context;
    const { step, rate, peakRate } = history;
    const last = toSteps(train.length, stepsPerEpoch);
    // The schedule is about to do what there is to do.
    if (isDropAhead(train.schedule, { step, last, stepsPerEpoch, rate, peakRate })) return undefined;
    const n = plateauWindow(history, train.batchSize);
    // A rate that still rises is not one rate.
    if (stepsSinceWarmup(history, context) < 2 * n) return undefined;
    const windows = windowsOf(history.losses, n);
    if (!history.everLearnt || !windows || !standsStill(windows, labelEntropy(classCounts))) return undefined;
    const [before, after] = [mean(windows.before), mean(windows.after)];
    const dropped = history.rate < history.peakRate;
    // The plateau rule drops the rate where this rule would advise it: to forbid it that is no remedy.
    const isFixable = dropped && !plateauOf(train, stepsPerEpoch);
    const advice = ' Look at the update ratio: where it is near 1 % lower the learning rate, below 0.01 % raise it.';
    return {
      severity: 'warning',
      origin: dropped ? inRunFile('train', 'schedule') : RATE,
      message: `The loss stands still: it was ${formatLoss(before)} and then ${formatLoss(after)} on average over ${formatCount(n)} steps each${dropped ? `, since the learning rate dropped to ${formatRate(history.rate)}` : ''}.${isFixable ? '' : advice}`,
      evidence: {
        before,
        after,
        standard_error: Math.hypot(standardError(windows.before), standardError(windows.after)),
        window: n,
      },
      threshold: LEAST_GAIN,
      thresholdSource: SOURCE,
      measured: (before - after) / before,
      ...(isFixable && {
        fix: {
          title: 'Keep the learning rate: schedule: constant',
          changes: [{ kind: 'set', at: inRunFile('train', 'schedule'), value: 'constant' }],
        },
      }),
    };
  },
};

export const plateaued: Rule = {
  id: 'plateaued',
  detail:
    'This ends no run. A rate that was dropped too early leaves a network where it is; a rate that is too high keeps it from getting closer. Which of the two it is shows in the update ratio: below 0.01 % the rate is too low, near 1 % it may be dropped.',
  notes: {
    quantity:
      'Mean loss of two neighbouring windows at one learning rate, a quarter of the steps at that rate each, at least 40 steps and 1,000 examples, at most 500 steps.',
    test: `A gain below ${100 * LEAST_GAIN} % and below two standard errors, for 20 steps in a row, while the later mean is above ${FINISHED} of guessing; only after something was learnt, and silent while the schedule is still to lower the rate.`,
    severity: 'Warning.',
    fix: 'Where the rate was dropped at a step that is written down: `schedule: constant`. Otherwise none.',
    source: SOURCE,
    falsePositives:
      'A network that has finished learning (hence the limit of the loss); slow but steady progress (hence windows that grow with the training, and 20 steps in a row); tiny batches (hence 1,000 examples a window); warm-up (hence windows after it); windows begin anew at a drop of the rate; a schedule that is about to drop it (a later step of `step`; `plateau` up to its third drop, while its patience ends before the run).',
    end: 'The loss falls again, or is below the limit.',
  },
  watch: [measured],
  recovery: {
    judges: 'step',
    isOver(_observation, history, { train, classCounts }) {
      const windows = windowsOf(history.losses, plateauWindow(history, train.batchSize));
      return windows !== undefined && !standsStill(windows, labelEntropy(classCounts));
    },
  },
};
