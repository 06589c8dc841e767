/** The contents of the store: from its server; if none is running, from the database. */
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
import { connectTo, isCopiedStore, knownSockets } from '../system/socket.ts';
import { checkpointProblem, runFolders, strayFolders } from './checkpoints.ts';
import type { Problem } from './problem.ts';

export interface Found {
  /** Absent if the store can't be read, or does not exist yet. */
  readonly health?: StoreHealth;
  readonly server?: ServerStatus;
  readonly problems: Problem[];
}

/** Examines the store in an existing folder. */
export async function lookIntoStore(home: string): Promise<Found> {
  let folders: string[];
  try {
    // Read before the runs: a run is in the store before it has a folder.
    folders = runFolders(home);
  } catch (error) {
    return { problems: [fileProblem(error as Error, join(home, 'runs'))] };
  }
  const answered = await askServer(home);
  const found = answered ?? lookAtFile(home, folders);
  const { health, problems } = found;
  if (!health) return found;
  const served = answered !== undefined;
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

/** The answer of this store's server; undefined if none answers. */
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

const STOP_SERVER = 'Run `rectiscope server stop`; the next command starts one of this version, and runs continue.';

function serverProblem(error: unknown): Problem {
  const { code, message } = error as { code?: unknown; message: string };
  if (code === ErrorCodes.MethodNotFound) {
    const why = 'The training server is an older version that can’t report the state of its store.';
    return { id: 'server-older', severity: 'warning', message: why, advice: STOP_SERVER };
  }
  if (error instanceof ConnectionLost) {
    const why = 'The connection to the training server was lost during the examination.';
    return { id: 'server-lost', severity: 'error', message: why, advice: 'Run `rectiscope doctor` again.' };
  }
  return { id: 'server-failed', severity: 'error', message, advice: STOP_SERVER };
}

function olderServer({ version }: ServerStatus): Problem[] {
  const ours = productVersion();
  if (version === ours) return [];
  const message = `The training server is version ${version}, this command is ${ours}.`;
  return [{ id: 'server-version', severity: 'warning', message, advice: STOP_SERVER }];
}

function otherRuntimeOf(server: ServerStatus): Problem[] {
  const message = otherRuntime(server, process.env);
  if (message === undefined) return [];
  return [{ id: 'server-runtime', severity: 'warning', message, advice: RESTART_FOR_RUNTIME }];
}

/** The database itself, which no server seems to be using. */
function lookAtFile(home: string, folders: readonly string[]): Found {
  const file = join(home, DATABASE_FILE);
  if (!existsSync(file)) {
    const message = `No run has been stored in ${home} yet.`;
    const advice = '`rectiscope train FILE` stores the first one.';
    // A database that was moved leaves its checkpoints behind.
    const stray = strayFolders(home, folders, []);
    if (stray.length > 0) return { problems: stray };
    return { problems: [{ id: 'no-store', severity: 'information', message, advice, path: home }] };
  }
  try {
    const copied = isCopiedStore(home);
    const health = lookAtStore(home, ({ trainer }) => !copied && trainer !== undefined && mayLive(trainer));
    return { health, problems: isWritable(file) ? [] : [notWritable(file)] };
  } catch (error) {
    return { problems: [fileProblem(error as Error, file)] };
  }
}

/** Whether a file belongs to this user; not checked on Windows. */
const isOurs = (file: string): boolean => process.getuid === undefined || statSync(file).uid === process.getuid();

function isWritable(file: string): boolean {
  try {
    accessSync(file, constants.W_OK);
    return true;
  } catch {
    // Whatever the cause, no run can be stored.
    return false;
  }
}

const notWritable = (path: string): Problem => ({
  id: 'store-not-writable',
  severity: 'error',
  message: `You have no permission to write to the run store ${path}.`,
  advice: 'Take ownership of the file (`chown`, `chmod u+rw`), or set RECTISCOPE_HOME to another folder.',
  path,
});

/** What to do about a database that can't be opened, by what is wrong with it. */
const ADVICE: Readonly<Record<StoreError['problem'], string>> = {
  locked:
    'Wait a few seconds and run it again; if that does not help, end the process that has it open (`fuser` finds it).',
  damaged: 'Move it away to start a new store; `sqlite3 rectiscope.db .recover` recovers what is left of it.',
  foreign: 'Move it away, or set RECTISCOPE_HOME to another folder.',
  'no-database': 'Restore the database from a backup, or move away what is there to start a new store.',
  older: '`rectiscope server start` migrates it.',
  unwritable: 'Free some space on its disk, or take ownership of the file (`chown`, `chmod u+rw`).',
  newer: 'Update Rectiscope, or set RECTISCOPE_HOME to another store.',
  'no-sqlite': 'Use Node 22.18 or newer.',
};

function fileProblem(error: Error, path: string): Problem {
  if (!(error instanceof StoreError)) {
    const message = `${path} can't be read: ${error.message}.`;
    const advice = 'Fix the reported error, usually file ownership, then run `rectiscope doctor` again.';
    return { id: 'store-unreadable', severity: 'error', message, advice, path };
  }
  if (error.problem === 'locked' && !isOurs(path)) {
    const message = `The run store ${path} belongs to another user and is in use, most likely by that user’s training server.`;
    const advice = 'Run the command as that user, or set RECTISCOPE_HOME to a folder that you own.';
    return { id: 'store-of-another', severity: 'error', message, advice, path };
  }
  // Its first sentence is the problem; the advice is our own.
  const message =
    error.problem === 'locked'
      ? `The run store ${path} is held by a process that does not answer.`
      : `${error.message.split(/(?<=[.)]) (?=[A-Z])/)[0]}`;
  return { id: `store-${error.problem}`, severity: 'error', message, advice: ADVICE[error.problem], path };
}

/** What is wrong with a readable database. */
function databaseProblems(home: string, { version, newest, damage, strays }: StoreHealth): Problem[] {
  const path = join(home, DATABASE_FILE);
  const problems: Problem[] = strays.map(({ table, rows }) => ({
    id: 'rows-without-run',
    severity: 'warning',
    message: `${rows} rows of the table ${table} belong to no run: the database was edited by hand.`,
    advice: 'They only take up space. To get their runs back, restore the database from your backup.',
    path,
  }));
  if (damage !== undefined)
    problems.push(fileProblem(new StoreError('damaged', `The run store ${path} is damaged (${damage}).`), path));
  if (version > 0 && version < newest) {
    const message = `The run store has an older version (${version}; current: ${newest}).`;
    const advice = 'No action needed: the next command backs it up and migrates it.';
    problems.push({ id: 'store-older', severity: 'information', message, advice, path });
  }
  return problems;
}

/** Runs marked as running or queued that no process handles. */
function unattendedRuns({ runs }: StoreHealth, served: boolean): Problem[] {
  const problems: Problem[] = [];
  for (const { run, name, state, attended } of runs) {
    if (state === 'running' && !attended) {
      const message = `${name} (${run}) is marked as running, but has no trainer.`;
      const advice = served
        ? 'Run `rectiscope server stop`, then `rectiscope server start`: it continues from its last checkpoint.'
        : `\`rectiscope server start\` continues it from its last checkpoint; then \`rectiscope stop ${run}\` stops it.`;
      problems.push({ id: 'no-trainer', severity: 'warning', message, advice, run });
    }
    if (state === 'queued' && !served) {
      const message = `${name} (${run}) is queued, but no training server is running.`;
      const advice = '`rectiscope server start` runs it.';
      problems.push({ id: 'no-server', severity: 'information', message, advice, run });
    }
  }
  return problems;
}

/** Sockets of this store without a listening process: a killed server leaves one. */
export async function staleSockets(home: string): Promise<Problem[]> {
  if (process.platform === 'win32') return [];
  const problems: Problem[] = [];
  for (const path of knownSockets(realpathSync(home))) {
    if (!existsSync(path)) continue;
    const socket = await connectTo(path);
    socket?.destroy();
    if (socket) continue;
    const message = `The training server of this store was killed: its socket ${path} is left, and no process listens.`;
    const advice = '`rectiscope server start` removes it, and continues what was running.';
    problems.push({ id: 'stale-socket', severity: 'warning', message, advice, path });
  }
  return problems;
}
