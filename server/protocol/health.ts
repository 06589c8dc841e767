/** The health of a run store: `rectiscope doctor` asks its server, or reads the store itself if no server has it open. */
import type { RunState } from './events.ts';

/** What the health report needs about a run. */
export interface RunHealth {
  run: string;
  name: string;
  state: RunState;
  /** The latest step with stored rows: later checkpoints have no past. */
  step: number;
  /** Step of the last checkpoint in the store; absent before the first. */
  checkpoint?: number;
  /** Whether a trainer works on it, or is about to. */
  attended: boolean;
}

export interface StoreHealth {
  /** Version of its tables, and the newest that this Rectiscope supports. */
  version: number;
  newest: number;
  /** SQLite's report on a damaged database. */
  damage?: string;
  /** Tables with rows that belong to no run, and their number. */
  strays: { table: string; rows: number }[];
  runs: RunHealth[];
}
