/** The plateau rule of the paper (section 4): the rate is divided when the validation error stops falling. */
import type { Schedule, TrainConfig } from '../config.ts';
import { toSteps } from './duration.ts';

type PlateauSchedule = Extract<Schedule, { kind: 'plateau' }>;

/** The state of the rule; plain data, kept in the checkpoint. */
export interface PlateauState {
  /** How often the rate has dropped. */
  readonly drops: number;
  /** The lowest validation top-1 error so far, per cent, and its step. */
  readonly best?: { readonly top1: number; readonly step: number };
  /** Step from which patience counts: the last improvement, the last drop or the end of the warm-up. */
  readonly since: number;
}

/** The rule before the first evaluation. */
export const startPlateau: PlateauState = { drops: 0, since: 0 };

/** The plateau rule of a schedule, and the steps of warm-up before it; undefined if the schedule has none. */
export function plateauOf(
  { schedule }: Pick<TrainConfig, 'schedule'>,
  stepsPerEpoch: number,
): { readonly rule: PlateauSchedule; readonly warmup: number } | undefined {
  if (schedule.kind === 'plateau') return { rule: schedule, warmup: 0 };
  if (schedule.kind !== 'warmup') return undefined;
  const inner = plateauOf({ schedule: schedule.next }, stepsPerEpoch);
  return inner && { ...inner, warmup: Math.max(inner.warmup, toSteps(schedule.duration, stepsPerEpoch)) };
}

/**
 * The state after an evaluation. Only a top-1 error strictly below every earlier one is an improvement: an equal one is not.
 * Without one for `patience` the rate drops, from the next step on, and patience restarts; the lowest error stays, so
 * that a later drop is judged by the same bar. During the warm-up patience does not count.
 * @param top1 validation error, per cent.
 */
export function afterEvaluation(
  state: PlateauState,
  { step, top1 }: { readonly step: number; readonly top1: number },
  { train, stepsPerEpoch }: { readonly train: Pick<TrainConfig, 'schedule'>; readonly stepsPerEpoch: number },
): PlateauState {
  const plateau = plateauOf(train, stepsPerEpoch);
  if (!plateau) return state;
  const { rule, warmup } = plateau;
  if (!state.best || top1 < state.best.top1) return { ...state, best: { top1, step }, since: step };
  const since = Math.max(state.since, warmup);
  if (step - since < toSteps(rule.patience, stepsPerEpoch)) return state;
  return { ...state, drops: state.drops + 1, since: step };
}
