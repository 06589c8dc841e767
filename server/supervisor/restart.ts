/** What becomes of a run whose trainer has died. Pure. */
import { formatCount } from '../domain/numbers/format.ts';

/** Deaths without progress after which a run is given up: the trainer is started again this many times. */
export const MOST_RESTARTS = 3;

/** What is known of a run at the death of its trainer. */
export interface DeathRecord {
  /** Deaths before this one since the run last got further than ever. */
  deaths: number;
  /** The furthest step at the last death. */
  furthestStep: number;
  /** The furthest step now. */
  step: number;
}

/** Progress is a step that the run never reached before; steps done again after a checkpoint are none. */
export function afterDeath({ deaths, furthestStep, step }: DeathRecord): {
  restart: boolean;
  deaths: number;
  furthestStep: number;
} {
  const counted = step > furthestStep ? 1 : deaths + 1;
  return { restart: counted <= MOST_RESTARTS, deaths: counted, furthestStep: Math.max(step, furthestStep) };
}

/** How a trainer ended, for people. */
export function describeExit(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal === 'SIGKILL') return 'was killed (SIGKILL: by a user, or by the system when out of memory)';
  if (signal !== null) return `was ended by ${signal}`;
  return `exited with code ${code} before its run ended`;
}

/** Why a run was given up. */
export const givenUp = (exit: string, { deaths, step, log }: { deaths: number; step: number; log: string }): string =>
  `The trainer ${exit}, for the ${deaths}th time without getting past step ${formatCount(step)}. Its output is in ${log}. ` +
  'Resume the run to try again.';
