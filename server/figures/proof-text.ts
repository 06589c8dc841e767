import type { ProofEvent } from '../protocol/events.ts';

/** The outcome of a proof, or that it is running. */
export function proofText({ state, verdict, message, fixed }: ProofEvent): string {
  if (state === 'running') return `Proving: the fixed copy ${fixed} is not decided yet.`;
  return (state === 'decided' ? verdict : message) ?? state;
}
