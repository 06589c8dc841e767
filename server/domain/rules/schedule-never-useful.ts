/**
 * A schedule that leaves most of a run at a rate too low to learn: a warm-up longer than the run, a drop too early or too far.
 * A rate is idle where it is a small part of what is written and small by itself: a part of a large one may still be plenty.
 */

import type { Duration, Schedule, TrainConfig } from '../config.ts';
import { rounded, short } from '../numbers/format.ts';
import { optimizerOf } from '../optimizers/optimizers.ts';
import { inRunFile } from '../origin.ts';
import { toSteps } from '../schedule/duration.ts';
import { plateauOf } from '../schedule/plateau.ts';
import { learningRate } from '../schedule/schedule.ts';
import { atStart } from './configuration.ts';
import { labelEntropy, recentLoss } from './history.ts';
import type { Diagnosis, LiveTest, ProposedFix, Rule, StaticContext } from './rule.ts';

/** Share of the written rate, and η/(1 − μ), below which a rate is idle. */
const IDLE_SHARE = 0.05;
const IDLE_RATE = 0.005;
/** A run that is idle for so large a part of its steps. */
const MOST_IDLE = 0.5;
/** A warm-up that ends the run at no more than this share of the rate, and at no more than this η/(1 − μ). */
const REACHED_SHARE = 0.5;
const REACHED_RATE = 0.05;
/** The warm-up of the fix, as a share of the run. */
const SHORT = 0.05;
/** Steps that are looked at, evenly over the run. */
const LOOKS = 1000;
const SOURCE =
  'a small network that ends at 23 % error at a constant rate ends at 30 to 38 % where the warm-up is 2 to 20 times the run, and at 29 to 38 % after a drop to 0.01 that early';
const SCHEDULE = ['train', 'schedule'] as const;

const effective = ({ optimizer }: TrainConfig, rate: number): number => optimizerOf(optimizer).effectiveRate(rate);

const isIdle = (train: TrainConfig, rate: number): boolean =>
  rate < IDLE_SHARE * train.learningRate && effective(train, rate) < IDLE_RATE;

/** Every length of time that a schedule names. */
function durations(schedule: Schedule): readonly Duration[] {
  if (schedule.kind === 'step') return schedule.at;
  if (schedule.kind === 'plateau') return [schedule.patience];
  return schedule.kind === 'warmup' ? [schedule.duration, ...durations(schedule.next)] : [];
}

/** Where nobody counted the examples, it makes no difference as long as all times are in one unit. */
function stepsPerEpochOf({ train, classCounts, stepsPerEpoch }: StaticContext): number | undefined {
  if (stepsPerEpoch !== undefined) return stepsPerEpoch;
  if (classCounts) return classCounts.reduce((sum, count) => sum + count, 0) / train.batchSize;
  const units = new Set([train.length, ...durations(train.schedule)].map(({ unit }) => unit));
  return units.size === 1 ? LOOKS : undefined;
}

/** Rates of the run, evenly over its steps, as if no evaluation ever led to a drop. */
function ratesOf(train: TrainConfig, stepsPerEpoch: number): number[] {
  const steps = toSteps(train.length, stepsPerEpoch);
  const looks = Math.min(LOOKS, steps);
  return Array.from({ length: looks }, (_, i) =>
    learningRate(train, { step: Math.ceil(((i + 1) * steps) / looks), stepsPerEpoch, drops: 0 }),
  );
}

/** A warm-up of a small part of the run. */
function shortWarmup({ length: { value, unit } }: TrainConfig): ProposedFix {
  const own = unit === 'steps' ? Math.max(1, Math.round(SHORT * value)) : rounded(SHORT * value, 1);
  const text = `${own} ${unit}`;
  return {
    title: `Shorten the warm-up: ${text}`,
    changes: [{ kind: 'set', at: inRunFile(...SCHEDULE, 'warmup'), value: text }],
  };
}

/** No drops: what comes after a warm-up, or the schedule as a whole, is taken away. */
const noDrops = ({ schedule }: TrainConfig): ProposedFix => ({
  title: 'Keep the learning rate: no drops',
  changes: [
    { kind: 'remove', at: schedule.kind === 'warmup' ? inRunFile(...SCHEDULE, 'then') : inRunFile(...SCHEDULE) },
  ],
});

/** The warm-up ends after the run, far below the rate. */
function outlasts(train: TrainConfig, { most, times }: { most: number; times: number }): Diagnosis | undefined {
  const share = most / train.learningRate;
  if (!(times > 1) || share > REACHED_SHARE || effective(train, most) > REACHED_RATE) return undefined;
  return {
    severity: 'warning',
    origin: inRunFile(...SCHEDULE, 'warmup'),
    message: `The warm-up is ${short(times)} times as long as the run: the learning rate never gets above ${short(most)}, ${short(100 * share)} % of what is written.`,
    evidence: { warmup_per_run: times, highest_rate: most },
    threshold: REACHED_SHARE,
    thresholdSource: SOURCE,
    measured: share,
    fix: shortWarmup(train),
  };
}

/** The schedule drops the rate so early and so far that most of the run is idle. */
function drops(train: TrainConfig, { idle, last }: { idle: number; last: number }): Diagnosis | undefined {
  if (idle < MOST_IDLE) return undefined;
  return {
    severity: 'warning',
    origin: inRunFile(...SCHEDULE),
    message: `The schedule drops the learning rate too early: for ${short(100 * idle)} % of the run it is below ${100 * IDLE_SHARE} % of what is written, and at the end it is ${short(last)}.`,
    evidence: { idle, last_rate: last },
    threshold: MOST_IDLE,
    thresholdSource: SOURCE,
    measured: idle,
    fix: noDrops(train),
  };
}

function predict(context: StaticContext): Diagnosis | undefined {
  const { train } = context;
  const stepsPerEpoch = stepsPerEpochOf(context);
  if (train.schedule.kind === 'constant' || stepsPerEpoch === undefined) return undefined;
  const rates = ratesOf(train, stepsPerEpoch);
  const warmup = train.schedule.kind === 'warmup' ? toSteps(train.schedule.duration, stepsPerEpoch) : 0;
  const times = warmup / toSteps(train.length, stepsPerEpoch);
  const idle = rates.filter((rate) => isIdle(train, rate)).length / rates.length;
  return (
    outlasts(train, { most: Math.max(...rates), times }) ??
    (times > 1 ? undefined : drops(train, { idle, last: rates.at(-1) ?? 0 }))
  );
}

/** The plateau rule drops when it likes: where it has made the rate idle before half of the run, the rest is idle, too. */
const afterPlateau: LiveTest = {
  judges: 'step',
  persistence: 1,
  judge(observation, history, context) {
    const { train, stepsPerEpoch, classCounts } = context;
    if (observation.kind !== 'step' || !plateauOf(train, stepsPerEpoch)) return undefined;
    const { step, learningRate: rate } = observation;
    const warms = history.peakRate < train.learningRate;
    // A network that has learnt nearly everything needs no rate.
    if (warms || !isIdle(train, rate) || recentLoss(history, context) <= 0.5 * labelEntropy(classCounts))
      return undefined;
    const idle = 1 - (step - 1) / toSteps(train.length, stepsPerEpoch);
    return drops(train, { idle, last: rate });
  },
};

export const scheduleNeverUseful: Rule = {
  id: 'schedule-never-useful',
  detail:
    'A learning rate only works for as long as it stands. While it warms up it is a part of what is written, and after a drop a network goes on at the pace of the new rate: it should have learnt most of what it can before. The loss then looks as if it had come to its end.',
  notes: {
    quantity:
      'The learning rate of every step of the run, against what is written; η/(1 − μ) as well, since a small part of a large rate may be plenty.',
    test: `A warm-up longer than the run that ends it at ${100 * REACHED_SHARE} % of the rate or less, and at η/(1 − μ) of ${REACHED_RATE} or less; or at least ${100 * MOST_IDLE} % of the run below ${100 * IDLE_SHARE} % of the rate and below ${IDLE_RATE}. Before training and at the start of a run; for \`plateau\`, once it has dropped the rate that far before half of the run while the loss is above half of guessing.`,
    severity: 'Warning.',
    fix: 'A warm-up of 5 % of the run; no drops.',
    source: SOURCE,
    falsePositives:
      'Drops late in a run; a rate so large that a part of it is plenty; a network that has learnt before the rate drops.',
    end: 'Never: what is written does not change in a run.',
  },
  predict,
  watch: [atStart(predict), afterPlateau],
};
