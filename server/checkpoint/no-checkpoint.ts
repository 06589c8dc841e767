import type { RunSummary } from '../protocol/requests.ts';
import { isOver } from '../protocol/run-state.ts';

/** Says that a run has no checkpoint, and what follows: `nothing` is what there is none of. */
export function noCheckpoint({ name, run, state }: RunSummary, nothing: string): string {
  const has = isOver(state) ? 'ended without a checkpoint' : 'has no checkpoint yet';
  const why = isOver(state)
    ? 'A run saves the first one after 15 seconds or at its first evaluation, but never weights that are NaN or infinite: train it again.'
    : 'A run saves the first one after 15 seconds or at its first evaluation.';
  return `${name} (${run}) ${has}, so there ${nothing}. ${why}`;
}
