import type { Schedule, TrainConfig } from '../config.ts';
import { toSteps } from './duration.ts';

/** The point of a rate: a step, counted from 1, and the plateau rule's drops before it. */
interface Moment {
  readonly step: number;
  readonly stepsPerEpoch: number;
  /** `PlateauState.drops`; 0 for every other schedule. */
  readonly drops: number;
}

/** The factor of a schedule at a moment. */
function factor(schedule: Schedule, moment: Moment): number {
  const { step, stepsPerEpoch, drops } = moment;
  switch (schedule.kind) {
    case 'constant':
      return 1;
    case 'step': {
      const passed = schedule.at.filter((duration) => step > toSteps(duration, stepsPerEpoch)).length;
      return schedule.factor ** passed;
    }
    case 'warmup': {
      const length = toSteps(schedule.duration, stepsPerEpoch);
      return step <= length ? step / length : factor(schedule.next, moment);
    }
    case 'plateau':
      return schedule.factor ** drops;
  }
}

/** Krizhevsky et al. (2012) and the paper after them drop the rate two or three times; a fourth drop no longer has an effect. */
const DROPS_WORTH_WAITING_FOR = 3;

/** The state of a run, for `isDropAhead`. */
interface Progress {
  readonly step: number;
  /** The run's last step. */
  readonly last: number;
  readonly stepsPerEpoch: number;
  /** The rate now, and the highest so far. */
  readonly rate: number;
  readonly peakRate: number;
}

/**
 * Whether the schedule itself will lower the rate before the run ends: at a given step, or, with the plateau
 * rule, once its patience is over, unless it has dropped the rate three times already.
 */
export function isDropAhead(schedule: Schedule, progress: Progress): boolean {
  const { step, last, stepsPerEpoch, rate, peakRate } = progress;
  switch (schedule.kind) {
    case 'constant':
      return false;
    case 'step':
      if (schedule.factor >= 1) return false;
      return schedule.at.some((duration) => {
        const at = toSteps(duration, stepsPerEpoch);
        return at >= step && at < last;
      });
    case 'warmup':
      return isDropAhead(schedule.next, progress);
    case 'plateau': {
      const drops = Math.round(Math.log(rate / peakRate) / Math.log(schedule.factor));
      return drops < DROPS_WORTH_WAITING_FOR && step + toSteps(schedule.patience, stepsPerEpoch) < last;
    }
  }
}

/** The learning rate of a step: a pure function of the step and of the drops after evaluations. */
export const learningRate = (train: TrainConfig, moment: Moment): number =>
  train.learningRate * factor(train.schedule, moment);
