import type { Schedule, TrainConfig } from './config.ts';
import { toSteps } from './duration.ts';

/** When a rate is asked for: a step, counted from 1, and how often the plateau rule has dropped the rate before it. */
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

/** The learning rate of a step: a pure function of the step and of the drops that evaluations have led to. */
export const learningRate = (train: TrainConfig, moment: Moment): number =>
  train.learningRate * factor(train.schedule, moment);
