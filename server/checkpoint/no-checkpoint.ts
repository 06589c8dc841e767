import type { RunSummary } from '../protocol/requests.ts';
import { isOver } from '../protocol/run-state.ts';

/** The message that a run has no checkpoint; `nothing`: the consequence, after "so there". */
export function noCheckpoint({ name, run, state }: RunSummary, nothing: string): string {
  const has = isOver(state) ? 'ended without a checkpoint' : 'has no checkpoint yet';
  const why = isOver(state)
    ? 'A run saves the first one after 15 seconds or at its first evaluation, but never weights that are NaN or infinite: train it again.'
    : 'A run saves the first one after 15 seconds or at its first evaluation.';
  return `${name} (${run}) ${has}, so there ${nothing}. ${why}`;
}
