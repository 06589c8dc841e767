/** Connects to the training server of a store, and starts it if there is none. */
import { closeSync, openSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Hello, PROTOCOL_VERSION, type ServerStatus, Shutdown } from '../protocol/requests.ts';
import { systemClock } from '../system/clock.ts';
import { folderIdentity } from '../system/folder-identity.ts';
import { makeOwnFolder } from '../system/make-folder.ts';
import { processExists } from '../system/process-exists.ts';
import { processFile, spawnServer } from '../system/processes.ts';
import { connectTo, knownSockets, socketPath } from '../system/socket.ts';
import { Client, ConnectionLost, openConnection } from './client.ts';

export { Client, ConnectionLost, type Dispose } from './client.ts';

export interface ConnectOptions {
  /** Folder of the store (`findHome`). */
  home: string;
  /** Start the server if none answers. */
  start: boolean;
  /** Seconds without a run and a client after which a server started here stops. */
  idleSeconds?: number;
  /** How long to wait for a server to come up, ms. */
  patience?: number;
  /** More arguments of a server started here; for tests. */
  serverArguments?: readonly string[];
}

/** The server was started and did not come up; the message ends with its output. */
export class ServerNotStarted extends Error {
  override readonly name = 'ServerNotStarted';
}

/** The server did not come up because its disk does not take what it has to write. */
export class StoreUnwritable extends ServerNotStarted {
  constructor(home: string) {
    super(
      `The training server of ${home} could not be started: what it has to write there can't be written. The disk is full or read-only, or the folder is another user's: \`rectiscope doctor\` says which.`,
    );
  }
}

/** How a server ends that can't write its store (supervisor/main.ts). */
const EXIT_UNWRITABLE = 4;

/** What the system says of a full or read-only disk, or of a folder of another user. */
const UNWRITABLE = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM']);

const PATIENCE_MS = 20_000;
const POLL_MS = 25;
/** How long a server may take to exit after it has disconnected its clients: a trainer that does not end is given two seconds. */
const ENDING_MS = 5000;
/** A server's output outside its log: messages of Node and of native libraries. */
const OUTPUT_FILE = 'server.out';
const OUTPUT_LIMIT = 1024 * 1024;

/**
 * Connects to the server of a store; undefined if none answers and none may be started. Of several servers that start
 * at the same moment one wins; all clients connect to that one. Throws ServerNotStarted (StoreUnwritable if the disk is at fault), or `versionMismatch` (protocol/errors.ts).
 */
export function connectToServer(options: ConnectOptions & { start: true }): Promise<Client>;
export function connectToServer(options: ConnectOptions): Promise<Client | undefined>;
export async function connectToServer(options: ConnectOptions): Promise<Client | undefined> {
  if (options.start) makeOwnFolder(options.home);
  const home = realHome(options.home);
  if (home === undefined) return undefined;
  const until = systemClock.monotonic() + (options.patience ?? PATIENCE_MS);
  let starting: Starting | undefined;
  for (;;) {
    const client = await tryConnect(home);
    if (client || !options.start) return client;
    starting ??= tryToStart(home, options);
    const { end } = starting;
    if (end?.code === EXIT_UNWRITABLE) throw new StoreUnwritable(home);
    if (end?.code === 1 || end?.code === null) throw notStarted(home, `it ended ${end.how}`, starting);
    // It found another one, which may be closing, or has stopped at once: try again.
    if (end) starting = undefined;
    if (systemClock.monotonic() > until) throw notStarted(home, 'it did not answer in time', starting);
    await sleep(POLL_MS);
  }
}

/**
 * Whether a server serves the very folder that was asked for: that of the original may answer for a copy of a store, or one whose folder
 * was moved for what lies there now. Older servers say only where their folder was.
 */
const serves = ({ home, folder = folderIdentity(home) }: ServerStatus, wanted: string): boolean =>
  folder !== undefined && folder === folderIdentity(wanted);

/** Stops the server of a store, of any protocol version, and waits until the store is at rest. False if none is running. */
export async function stopServer(folder: string): Promise<boolean> {
  const home = realHome(folder);
  if (home === undefined) return false;
  for (const path of knownSockets(home)) {
    const socket = await connectTo(path);
    if (!socket) continue;
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    const connection = openConnection(socket);
    const server = await connection.sendRequest(Hello, { protocol: PROTOCOL_VERSION }).catch(() => undefined);
    // One of another version does not say whose it is; the usual place is that of this path alone.
    if (server ? !serves(server, home) : path !== socketPath(home)) {
      socket.destroy();
      continue;
    }
    // Its answer and the end of the connection come in either order.
    const answered = connection.sendRequest(Shutdown).catch(() => null);
    await closed;
    const ending = await Promise.race([answered, sleep(POLL_MS, null)]);
    // It closes the database after its connections, then exits.
    const until = systemClock.monotonic() + ENDING_MS;
    while (ending && processExists(ending.pid) && systemClock.monotonic() < until) await sleep(POLL_MS);
    return true;
  }
  return false;
}

function realHome(folder: string): string | undefined {
  try {
    return realpathSync(folder);
  } catch {
    return undefined;
  }
}

async function tryConnect(home: string): Promise<Client | undefined> {
  for (const path of knownSockets(home)) {
    const socket = await connectTo(path);
    if (!socket) continue;
    try {
      const client = await Client.greet(socket);
      if (serves(client.server, home)) return client;
      client.dispose();
    } catch (error) {
      // It was closing when we connected.
      if (!(error instanceof ConnectionLost)) throw error;
    }
  }
  return undefined;
}

interface Starting {
  /** Set once the process has ended; `code` is null for a signal or if it could not be started. */
  end?: { code: number | null; how: string };
  /** Where this server's output starts in the file. */
  outputFrom: number;
}

function tryToStart(home: string, options: ConnectOptions): Starting {
  try {
    return startServer(home, options);
  } catch (error) {
    throw UNWRITABLE.has(String((error as { code?: unknown }).code)) ? new StoreUnwritable(home) : error;
  }
}

function startServer(home: string, options: ConnectOptions): Starting {
  const output = join(home, OUTPUT_FILE);
  const size = statSync(output, { throwIfNoEntry: false })?.size ?? 0;
  const keep = size <= OUTPUT_LIMIT;
  const starting: Starting = { outputFrom: keep ? size : 0 };
  const log = openSync(output, keep ? 'a' : 'w');
  const idle = options.idleSeconds === undefined ? [] : ['--idle-seconds', String(options.idleSeconds)];
  const file = processFile('server');
  const child = spawnServer({
    file,
    arguments: ['--home', home, ...idle, ...(options.serverArguments ?? [])],
    log,
    folder: home,
  });
  closeSync(log);
  child.once('exit', (code, signal) => {
    starting.end = { code, how: signal === null ? `with code ${code}` : `by ${signal}` };
  });
  child.once('error', (error) => {
    starting.end = { code: null, how: `before it started (${error.message})` };
  });
  // This process may exit before the server does.
  child.unref();
  return starting;
}

function notStarted(home: string, what: string, starting: Starting | undefined): ServerNotStarted {
  const file = join(home, OUTPUT_FILE);
  const output = readFileSync(file)
    .subarray(starting?.outputFrom ?? 0)
    .toString('utf8')
    .trim();
  const last = output.split('\n').slice(-10).join('\n');
  // The server's own message, if it is a sentence; its stack is in the file.
  const sentence = /^(?:\w*Error: )?(?<text>[^\n]+)\n\s+at /m.exec(last)?.groups?.['text'];
  const details = sentence ?? (last === '' ? `It printed nothing; see ${join(home, 'server.log')}.` : last);
  return new ServerNotStarted(`The training server of ${home} could not be started: ${what}.\n${details}`);
}
