import type { Severity } from '../protocol/events.ts';

/** A problem that the doctor found. Ids are for scripts and never change; wording may. */
export interface Problem {
  readonly id: string;
  /** `information`: needs no action. */
  readonly severity: Severity;
  /** What is wrong: a sentence. */
  readonly message: string;
  /** What to do about it: one line. */
  readonly advice: string;
  readonly run?: string;
  readonly path?: string;
}
