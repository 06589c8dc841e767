import type { Schedule, TrainConfig } from './config.ts';
import { toSteps } from './duration.ts';

/** The factor of a schedule at a step, counted from 1. */
function factor(schedule: Schedule, step: number, stepsPerEpoch: number): number {
  switch (schedule.kind) {
    case 'constant':
      return 1;
    case 'step': {
      const drops = schedule.at.filter((duration) => step > toSteps(duration, stepsPerEpoch)).length;
      return schedule.factor ** drops;
    }
    case 'warmup': {
      const length = toSteps(schedule.duration, stepsPerEpoch);
      return step <= length ? step / length : factor(schedule.next, step, stepsPerEpoch);
    }
    case 'plateau':
      throw new Error('a plateau is a function of the evaluations, not of the step');
  }
}

/** The learning rate of a step, counted from 1: a pure function of the step. */
export const learningRate = (train: TrainConfig, step: number, stepsPerEpoch: number): number =>
  train.learningRate * factor(train.schedule, step, stepsPerEpoch);
