/** How a run store is: what `rectiscope doctor` asks its server, or reads itself where none has it. */
import type { RunState } from './events.ts';

/** A run as far as its health goes. */
export interface RunHealth {
  run: string;
  name: string;
  state: RunState;
  /** The latest step of which anything is stored: later checkpoints have no past. */
  step: number;
  /** Step of the last checkpoint that the store knows; absent before the first. */
  checkpoint?: number;
  /** Whether a trainer works on it, or is about to. */
  attended: boolean;
}

export interface StoreHealth {
  /** Version of its tables, and the newest that this Rectiscope knows. */
  version: number;
  newest: number;
  /** What SQLite says of a database that is damaged. */
  damage?: string;
  /** Tables with rows that belong to no run, and how many there are. */
  strays: { table: string; rows: number }[];
  runs: RunHealth[];
}
