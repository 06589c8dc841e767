/** What is in the store: asked of its server; read from the database where no server has it. */
import { accessSync, constants, existsSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ErrorCodes } from 'vscode-jsonrpc';
import { type Client, ConnectionLost, connectToServer } from '../client/connect.ts';
import { otherRuntime, RESTART_FOR_RUNTIME } from '../client/other-runtime.ts';
import type { StoreHealth } from '../protocol/health.ts';
import { Health, type ServerStatus } from '../protocol/requests.ts';
import { mayLive } from '../supervisor/process-birth.ts';
import { StoreError } from '../supervisor/store/database.ts';
import { DATABASE_FILE, lookAtStore } from '../supervisor/store/store.ts';
import { productVersion } from '../system/processes.ts';
import { connectTo, knownSockets } from '../system/socket.ts';
import { checkpointProblem, runFolders, strayFolders } from './checkpoints.ts';
import type { Problem } from './problem.ts';

export interface Found {
  /** Absent where the store can't be looked at, or is none yet. */
  readonly health?: StoreHealth;
  readonly server?: ServerStatus;
  readonly problems: Problem[];
}

/** Look at the store in an existing folder. */
export async function lookIntoStore(home: string): Promise<Found> {
  let folders: string[];
  try {
    // Before the runs are: a run is in the store before it has a folder.
    folders = runFolders(home);
  } catch (error) {
    return { problems: [fileProblem(error as Error, join(home, 'runs'))] };
  }
  const asked = await askServer(home);
  const found = asked ?? lookAtFile(home, folders);
  const { health, problems } = found;
  if (!health) return found;
  const served = asked !== undefined;
  const ofRuns: (Problem | undefined)[] = [];
  for (const run of health.runs) ofRuns.push(await checkpointProblem(home, run));
  const all = [
    ...problems,
    ...databaseProblems(home, health),
    ...unattendedRuns(health, served),
    ...ofRuns.filter((problem) => problem !== undefined),
    ...strayFolders(home, folders, health.runs),
  ];
  return { ...found, problems: all };
}

/** What the server of this store says; undefined where none answers. */
async function askServer(home: string): Promise<Found | undefined> {
  let client: Client | undefined;
  try {
    client = await connectToServer({ home, start: false });
    if (!client) return undefined;
    const { server } = client;
    return {
      server,
      health: await client.request(Health),
      problems: [...olderServer(server), ...otherRuntimeOf(server)],
    };
  } catch (error) {
    return { ...(client && { server: client.server }), problems: [serverProblem(error)] };
  } finally {
    client?.dispose();
  }
}

const STOP_SERVER = '`rectiscope server stop`; the next command starts one of this version, and runs go on.';

function serverProblem(error: unknown): Problem {
  const { code, message } = error as { code?: unknown; message: string };
  if (code === ErrorCodes.MethodNotFound) {
    const why = 'The training server is of an older version, which can’t be asked how its store is.';
    return { id: 'server-older', severity: 'warning', message: why, advice: STOP_SERVER };
  }
  if (error instanceof ConnectionLost) {
    const why = 'The training server went away while it was asked.';
    return { id: 'server-lost', severity: 'error', message: why, advice: 'Ask again: `rectiscope doctor`.' };
  }
  return { id: 'server-failed', severity: 'error', message, advice: STOP_SERVER };
}

function olderServer({ version }: ServerStatus): Problem[] {
  const ours = productVersion();
  if (version === ours) return [];
  const message = `The training server is version ${version}, this is ${ours}.`;
  return [{ id: 'server-version', severity: 'warning', message, advice: STOP_SERVER }];
}

function otherRuntimeOf(server: ServerStatus): Problem[] {
  const message = otherRuntime(server, process.env);
  if (message === undefined) return [];
  return [{ id: 'server-runtime', severity: 'warning', message, advice: RESTART_FOR_RUNTIME }];
}

/** The database itself, which no server seems to have. */
function lookAtFile(home: string, folders: readonly string[]): Found {
  const file = join(home, DATABASE_FILE);
  if (!existsSync(file)) {
    const message = `No run was ever stored in ${home}.`;
    const advice = '`rectiscope train FILE` stores the first.';
    // A database that was moved away leaves its checkpoints behind.
    const stray = strayFolders(home, folders, []);
    if (stray.length > 0) return { problems: stray };
    return { problems: [{ id: 'no-store', severity: 'information', message, advice, path: home }] };
  }
  try {
    const health = lookAtStore(home, ({ trainer }) => trainer !== undefined && mayLive(trainer));
    return { health, problems: isWritable(file) ? [] : [notWritable(file)] };
  } catch (error) {
    return { problems: [fileProblem(error as Error, file)] };
  }
}

/** Whether a file belongs to this user; on Windows nobody is asked. */
const isOurs = (file: string): boolean => process.getuid === undefined || statSync(file).uid === process.getuid();

function isWritable(file: string): boolean {
  try {
    accessSync(file, constants.W_OK);
    return true;
  } catch {
    // Whatever the reason, no run can be stored.
    return false;
  }
}

const notWritable = (path: string): Problem => ({
  id: 'store-not-writable',
  severity: 'error',
  message: `The run store ${path} can't be written by you.`,
  advice: 'Take the file over (`chown`, `chmod u+rw`), or set RECTISCOPE_HOME to another folder.',
  path,
});

/** What to do about a database that can't be opened, by what is wrong with it. */
const ADVICE: Readonly<Record<StoreError['problem'], string>> = {
  locked: 'Wait a few seconds and ask again; if it stays so, end the process that has it (`fuser` names it).',
  damaged: 'Move it away to begin a new store; what is left of it comes back with `sqlite3 rectiscope.db .recover`.',
  newer: 'Update Rectiscope, or set RECTISCOPE_HOME to another store.',
  'no-sqlite': 'Use Node 22.18 or newer.',
};

function fileProblem(error: Error, path: string): Problem {
  if (!(error instanceof StoreError)) {
    const message = `${path} can't be read: ${error.message}.`;
    const advice = 'Mend what the system says, most often whose the files are, and ask again.';
    return { id: 'store-unreadable', severity: 'error', message, advice, path };
  }
  if (error.problem === 'locked' && !isOurs(path)) {
    const message = `The run store ${path} is another user’s, and in use: most likely by that user’s training server.`;
    const advice = 'Ask as that user, who alone may speak to it, or set RECTISCOPE_HOME to a folder of yours.';
    return { id: 'store-of-another', severity: 'error', message, advice, path };
  }
  // Its first sentence says what; what to do stands beside.
  const message =
    error.problem === 'locked'
      ? `The run store ${path} is held by a process that does not answer.`
      : `${error.message.split(/(?<=[.)]) (?=[A-Z])/)[0]}`;
  return { id: `store-${error.problem}`, severity: 'error', message, advice: ADVICE[error.problem], path };
}

/** What is wrong with the database of a store that could be looked at. */
function databaseProblems(home: string, { version, newest, damage, strays }: StoreHealth): Problem[] {
  const path = join(home, DATABASE_FILE);
  const problems: Problem[] = strays.map(({ table, rows }) => ({
    id: 'rows-without-run',
    severity: 'warning',
    message: `${rows} rows of the table ${table} belong to no run: the database was changed by hand.`,
    advice: 'They only take room. Where they are wanted back, restore the database from your copy.',
    path,
  }));
  if (damage !== undefined)
    problems.push(fileProblem(new StoreError('damaged', `The run store ${path} is damaged (${damage}).`), path));
  if (version > 0 && version < newest) {
    const message = `The run store is of an older version (${version}, now ${newest}).`;
    const advice = 'Nothing: the next command copies it and brings it up to date.';
    problems.push({ id: 'store-older', severity: 'information', message, advice, path });
  }
  return problems;
}

/** Runs that are said to train, or wait, and nobody sees to them. */
function unattendedRuns({ runs }: StoreHealth, served: boolean): Problem[] {
  const problems: Problem[] = [];
  for (const { run, name, state, attended } of runs) {
    if (state === 'running' && !attended) {
      const message = `${name} (${run}) is said to be running, and no trainer works on it.`;
      const advice = served
        ? '`rectiscope server stop`, then `rectiscope server start`: it goes on from its last checkpoint.'
        : `\`rectiscope server start\` goes on with it from its last checkpoint; then \`rectiscope stop ${run}\` ends it.`;
      problems.push({ id: 'no-trainer', severity: 'warning', message, advice, run });
    }
    if (state === 'queued' && !served) {
      const message = `${name} (${run}) waits, and no training server runs.`;
      const advice = '`rectiscope server start` goes on with it.';
      problems.push({ id: 'no-server', severity: 'information', message, advice, run });
    }
  }
  return problems;
}

/** Sockets of this store that nobody listens on: a server that was killed leaves one. */
export async function staleSockets(home: string): Promise<Problem[]> {
  if (process.platform === 'win32') return [];
  const problems: Problem[] = [];
  for (const path of knownSockets(realpathSync(home))) {
    if (!existsSync(path)) continue;
    const socket = await connectTo(path);
    socket?.destroy();
    if (socket) continue;
    const message = `The training server of this store was killed: its socket ${path} is there, and nobody listens.`;
    const advice = '`rectiscope server start` clears it away, and goes on with what was running.';
    problems.push({ id: 'stale-socket', severity: 'warning', message, advice, path });
  }
  return problems;
}
