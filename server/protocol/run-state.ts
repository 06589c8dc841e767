import type { RunState } from './events.ts';

/** States that a run stays in until it is resumed. */
const FINAL_STATES: readonly RunState[] = ['finished', 'stopped', 'stalled', 'diverged', 'failed', 'interrupted'];

/** Whether a run has ended: neither waits nor trains. */
export const isOver = (state: RunState): boolean => FINAL_STATES.includes(state);
