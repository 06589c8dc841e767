/** A run as figures draw it: its numbers, its name, its colour. */
import type { RunLook } from './colors.ts';
import type { RunData } from './run-data.ts';

export interface DrawnRun {
  readonly run: string;
  /** Followed by the id if another run of the list has the same name. */
  readonly name: string;
  readonly look: RunLook;
  readonly data: RunData;
}
