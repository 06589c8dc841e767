/** The training server: store, queue, trainers and clients of one workspace, wired together. */
import { lstatSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { PROTOCOL_VERSION, type RunSummary, type ServerStatus } from '../protocol/requests.ts';
import { type Clock, systemClock } from '../system/clock.ts';
import { folderIdentity } from '../system/folder-identity.ts';
import { makeOwnFolder } from '../system/make-folder.ts';
import { processFile, productVersion } from '../system/processes.ts';
import { isCopiedStore, socketPath } from '../system/socket.ts';
import { Log } from './log.ts';
import { type Patience, usualPatience } from './patience.ts';
import { Proofs } from './proofs.ts';
import { Queue } from './queue.ts';
import { Recorder } from './recorder.ts';
import type { RequestContext } from './request-context.ts';
import { answer } from './requests.ts';
import { Rpc } from './rpc.ts';
import { sqliteVersion } from './store/database.ts';
import { type Applied, DATABASE_FILE, RunStore } from './store/store.ts';

export interface ServerOptions {
  /** Folder of the store; made if it is not there. */
  home: string;
  /** Seconds without a run and without a client after which the server ends by itself. */
  idleSeconds?: number;
  trainerFile?: string;
  patience?: Partial<Patience>;
  clock?: Clock;
}

const IDLE_SECONDS = 60;
const WATCH_MS = 500;

/** Name of the server's log in the store's folder. */
export const SERVER_LOG = 'server.log';

export class TrainingServer {
  /** Resolves when it has closed, for whatever reason. */
  readonly closed: Promise<void>;
  readonly log: Log;
  readonly #home: string;
  readonly #socket: string;
  readonly #clock: Clock;
  readonly #store: RunStore;
  readonly #recorder: Recorder;
  readonly #queue: Queue;
  readonly #proofs: Proofs;
  readonly #rpc: Rpc;
  readonly #context: RequestContext;
  readonly #idleMs: number;
  readonly #inode: number;
  readonly #folder: string | undefined;
  readonly #watch: NodeJS.Timeout;
  readonly #close = Promise.withResolvers<void>();
  readonly #startedAt: number;
  #idleSince: number;
  #closing = false;

  /** Open the store, take up what was running, listen. Throws a StoreError, `locked` where another server has it. */
  static async start(options: ServerOptions): Promise<TrainingServer> {
    makeOwnFolder(options.home);
    const home = realpathSync(options.home);
    const store = await RunStore.open(home, options.clock ?? systemClock);
    const server = new TrainingServer({ ...options, home }, store);
    try {
      // Before the note of the last server is replaced by this one's.
      server.#queue.recover({ copied: isCopiedStore(home) });
      await server.#rpc.listen();
    } catch (error) {
      await server.close();
      throw error;
    }
    server.#queue.pump();
    server.#proofs.look();
    return server;
  }

  private constructor(options: ServerOptions, store: RunStore) {
    this.#home = options.home;
    this.#socket = socketPath(options.home);
    this.#clock = options.clock ?? systemClock;
    this.#store = store;
    this.#idleMs = (options.idleSeconds ?? IDLE_SECONDS) * 1000;
    this.#startedAt = this.#clock.monotonic();
    this.#idleSince = this.#startedAt;
    this.#inode = databaseInode(options.home);
    this.#folder = folderIdentity(options.home);
    this.closed = this.#close.promise;
    this.log = new Log(join(options.home, SERVER_LOG), this.#clock);
    this.#recorder = new Recorder({
      store,
      log: this.log,
      onApplied: (applied) => this.#tell(applied),
      onRefused: ({ run }, error) => this.#queue.refuse(run, `The trainer sent an impossible event: ${error.message}.`),
      onTrouble: () => {
        this.#rpc.tellRuns(true);
        // What an earlier server left could not be put back into the queue.
        if (this.#recorder.trouble === undefined) this.#queue.pump();
      },
    });
    this.#queue = new Queue({
      store,
      recorder: this.#recorder,
      log: this.log,
      clock: this.#clock,
      trainerFile: options.trainerFile ?? processFile('trainer'),
      patience: { ...usualPatience, ...options.patience },
      onWaiting: () => this.#rpc.tellRuns(true),
    });
    this.#proofs = new Proofs({
      store,
      recorder: this.#recorder,
      log: this.log,
      stop: (run) => this.#queue.stop(run),
    });
    this.#context = {
      store,
      recorder: this.#recorder,
      queue: this.#queue,
      status: () => this.status(),
      summary: (run) => this.#shown(store.summary(run)),
      summaries: () => store.list().map((summary) => this.#shown(summary)),
      tell: (applied) => this.#tell(applied),
      shutdown: () => void this.close(),
    };
    this.#rpc = new Rpc({
      home: this.#home,
      path: this.#socket,
      log: this.log,
      answer: (method, params, view) =>
        this.#isInPlace() ? answer(this.#context, method, params, view) : this.#leave(),
      summaries: this.#context.summaries,
      onClientsChanged: () => this.#stillBusy(),
    });
    this.#watch = setInterval(() => this.#look(), WATCH_MS);
  }

  status(): ServerStatus {
    const ids = (state: 'running' | 'queued') => this.#store.recordsIn(state).map(({ id }) => id);
    const running = ids('running');
    const trouble =
      this.#recorder.trouble ?? running.map((id) => this.#queue.waitingFor(id)).find((why) => why !== undefined);
    return {
      protocol: PROTOCOL_VERSION,
      version: productVersion(),
      ...(process.env['RECTISCOPE_RUNTIME'] !== undefined && { runtime: process.env['RECTISCOPE_RUNTIME'] }),
      pid: process.pid,
      node: process.version,
      sqlite: sqliteVersion(),
      home: this.#home,
      ...(this.#folder !== undefined && { folder: this.#folder }),
      socket: this.#socket,
      running,
      queued: ids('queued'),
      clients: this.#rpc.clients,
      ...(trouble !== undefined && { trouble }),
      uptime_seconds: (this.#clock.monotonic() - this.#startedAt) / 1000,
    };
  }

  /** Let clients and trainer go and close the store. Runs stay as they are: the next server goes on with them. */
  async close(): Promise<void> {
    if (this.#closing) return this.closed;
    this.#closing = true;
    clearInterval(this.#watch);
    this.log.write('info', 'The server is closing');
    await Promise.all([this.#queue.close(), this.#rpc.close()]);
    this.#recorder.close();
    this.#store.close();
    this.#close.resolve();
  }

  /** What is not in the store: that it, or a checkpoint, can't be written at the moment. */
  #shown(summary: RunSummary): RunSummary {
    const trouble = this.#recorder.trouble ?? this.#queue.waitingFor(summary.run);
    return trouble && summary.state === 'running' ? { ...summary, message: trouble } : summary;
  }

  #tell({ deltas, stateChanged }: Applied): void {
    for (const delta of deltas) this.#rpc.tell(delta);
    if (deltas.length > 0 || stateChanged) this.#rpc.tellRuns(stateChanged);
    this.#proofs.look();
  }

  #stillBusy(): void {
    this.#idleSince = this.#clock.monotonic();
  }

  /** Whether the store is still where it was: else its paths lead to another one, or nowhere. */
  #isInPlace(): boolean {
    return folderIdentity(this.#home) === this.#folder && databaseInode(this.#home) === this.#inode;
  }

  /** Ends; who asked finds the line cut, and whatever server serves that folder now. */
  async #leave(): Promise<never> {
    if (!this.#closing) this.log.write('error', 'The store was moved, removed or replaced: the server ends');
    await this.close();
    throw new Error('The store is no longer here.');
  }

  #look(): void {
    if (!this.#isInPlace()) {
      this.#leave().catch(() => undefined);
      return;
    }
    if (this.#queue.busy || this.#rpc.clients > 0) this.#stillBusy();
    if (this.#clock.monotonic() - this.#idleSince < this.#idleMs) return;
    this.log.write('info', 'No run and no client for a while: the server is stopping');
    void this.close();
  }
}

const databaseInode = (home: string): number =>
  lstatSync(join(home, DATABASE_FILE), { throwIfNoEntry: false })?.ino ?? 0;
