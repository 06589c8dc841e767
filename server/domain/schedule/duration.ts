import type { Duration } from '../config.ts';

/**
 * A length in steps. An epoch is one pass over the training examples: batches continue from one epoch into the next, so it may
 * take a fraction of a step; an epoch is over at the step that takes its last example.
 */
export const toSteps = ({ value, unit }: Duration, stepsPerEpoch: number): number =>
  unit === 'steps' ? Math.round(value) : Math.max(1, Math.ceil(value * stepsPerEpoch - 1e-9));

/** Whether something done every so often is due at the end of a step, counted from 1. */
export function isDue(every: Duration, step: number, stepsPerEpoch: number): boolean {
  if (every.unit === 'steps') return step % Math.max(1, Math.round(every.value)) === 0;
  const length = every.value * stepsPerEpoch;
  // Due at the step in which a multiple of the length ends; with less than a step, at every step.
  return Math.floor(step / length + 1e-9) > Math.floor((step - 1) / length + 1e-9);
}

/** Steps that are probed regardless of the run file: half of the rules decide there. */
const ALWAYS_PROBED = [1, 2, 5];

/** Whether a step is probed. A pure function of the step: a probe never changes a weight. */
export const isProbed = (every: Duration, step: number, stepsPerEpoch: number): boolean =>
  ALWAYS_PROBED.includes(step) || isDue(every, step, stepsPerEpoch);
