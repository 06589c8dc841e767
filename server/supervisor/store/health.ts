/** How a store is, read from its database: nothing is changed. All columns are those of the first version. */
import type { RunState } from '../../protocol/events.ts';
import type { StoreHealth } from '../../protocol/health.ts';
import type { Database } from './database.ts';
import { damageOf, versionOf } from './database.ts';

/** A run, and the process that worked on it last. */
export interface KnownRun {
  run: string;
  state: RunState;
  trainer?: { pid: number; birth: string };
}

interface Row {
  id: string;
  name: string;
  state: RunState;
  step: number;
  pid: number | null;
  birth: string | null;
  checkpoint: number | null;
}

/** `newest`: the newest version of the tables that is known. `isAttended`: whether a trainer works on a run. */
export function readHealth(
  database: Database,
  { newest, isAttended }: { newest: number; isAttended: (run: KnownRun) => boolean },
): StoreHealth {
  const version = versionOf(database);
  const damage = damageOf(database);
  // An empty database has no tables; in a damaged one nothing else can be trusted.
  if (version === 0 || damage !== undefined)
    return { version, newest, ...(damage !== undefined && { damage }), strays: [], runs: [] };
  const strays = new Map<string, number>();
  for (const { table } of database.all<{ table: string }>('PRAGMA foreign_key_check'))
    strays.set(table, (strays.get(table) ?? 0) + 1);
  const rows = database.all<Row>(
    `SELECT id, name, state, step, trainer_pid AS pid, trainer_birth AS birth,
       (SELECT max(step) FROM events WHERE run = runs.key AND event = 'checkpoint') AS checkpoint
     FROM runs ORDER BY key`,
  );
  return {
    version,
    newest,
    strays: [...strays].map(([table, count]) => ({ table, rows: count })),
    runs: rows.map(({ id: run, name, state, step, pid, birth, checkpoint }) => ({
      run,
      name,
      state,
      step,
      ...(checkpoint !== null && { checkpoint }),
      attended: isAttended({ run, state, ...(pid !== null && { trainer: { pid, birth: birth ?? '' } }) }),
    })),
  };
}
