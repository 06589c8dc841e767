/** Everything that the doctor checks, in one report. Read-only: nothing is changed, started or migrated. */
import { productVersion } from '../system/processes.ts';
import { lookAtHome } from './home.ts';
import { type Engines, lookAtEngines, lookAtMachine, type Machine } from './machine.ts';
import type { Problem } from './problem.ts';
import { lookIntoStore, staleSockets } from './store.ts';

export type { Problem } from './problem.ts';

/** As `rectiscope doctor --json` prints it. */
export interface Report {
  version: string;
  /** No problem needs fixing. */
  healthy: boolean;
  machine: Machine;
  engines: Engines;
  store: {
    home: string;
    from: 'RECTISCOPE_HOME' | 'folder' | 'new';
    exists: boolean;
    /** Version of its tables; null if it could not be read. */
    version: number | null;
    /** Number of runs by state; null if it could not be read. */
    runs: Record<string, number> | null;
    free_bytes: number | null;
    server: { pid: number; version: string; node: string; running: string[]; queued: string[] } | null;
  };
  problems: Problem[];
}

/** The machine, the engines and the store of a folder, and what is wrong with them. */
export async function examine(cwd: string, environment: NodeJS.ProcessEnv): Promise<Report> {
  const { home, problems: ofPlace } = lookAtHome(cwd, environment);
  const { engines, problems: ofEngines } = await lookAtEngines();
  const {
    health,
    server,
    problems: ofStore,
  } = home.exists ? await lookIntoStore(home.folder) : { health: undefined, server: undefined, problems: [] };
  const sockets = home.exists && !server ? await staleSockets(home.folder) : [];
  const problems = [...ofPlace, ...ofStore, ...sockets, ...ofEngines];
  const runs: Record<string, number> = {};
  for (const { state } of health?.runs ?? []) runs[state] = (runs[state] ?? 0) + 1;
  return {
    version: productVersion(),
    healthy: problems.every(({ severity }) => severity === 'information'),
    machine: lookAtMachine(),
    engines,
    store: {
      home: home.folder,
      from: home.from,
      exists: home.exists,
      version: health?.version ?? null,
      runs: health ? runs : null,
      free_bytes: home.freeBytes,
      server: server
        ? {
            pid: server.pid,
            version: server.version,
            node: server.node,
            running: server.running,
            queued: server.queued,
          }
        : null,
    },
    problems,
  };
}
