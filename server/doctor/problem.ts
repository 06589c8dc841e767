import type { Severity } from '../protocol/events.ts';

/** Something that the doctor found. Ids are for scripts and stay; words may change. */
export interface Problem {
  readonly id: string;
  /** `information`: may stay as it is. */
  readonly severity: Severity;
  /** What is wrong: a sentence. */
  readonly message: string;
  /** What to do about it: one line. */
  readonly advice: string;
  readonly run?: string;
  readonly path?: string;
}
