/**
 * One run store and the connection to its training server, for views: connects on the first request, reconnects when
 * the connection is lost, and reports its state. The server is a separate process that outlives every view.
 */
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Disposable, Emitter, type RequestType } from 'vscode-jsonrpc';
import { errorText } from '../protocol/errors.ts';
import type { ConnectionState } from '../protocol/panel.ts';
import { type Delta, type RunSnapshot, type RunSummary, Runs, Subscribe, Unsubscribe } from '../protocol/requests.ts';
import { knownSockets } from '../system/socket.ts';
import { type Client, connectToServer } from './connect.ts';

/** `idle`: nothing has been requested yet, so nothing was started. */
export type StoreState = ConnectionState | 'idle';

/** A client that draws or watches a run; the run is unsubscribed when its last follower leaves. */
export type Follower = object;

/** The log of a connection, worded for developers; never the only place of a message to the user. */
export interface ConnectionLog {
  info(text: string): void;
  warn(text: string): void;
}

export interface ConnectionOptions {
  /** Folder of the store. */
  home: string;
  /** Whether a server may be started; in an untrusted workspace it only looks for one. */
  mayStart: () => boolean;
  log: ConnectionLog;
  /** Translates a sentence for the user; by default English. */
  t?: (sentence: string) => string;
}

/** Waits before each attempt to reconnect, milliseconds: another client may be starting a server. */
const PAUSES = [100, 300, 600, 1000];

const isLive = ({ state }: RunSummary): boolean => state === 'running' || state === 'queued';

export class StoreConnection implements Disposable {
  readonly home: string;
  /** As the server sent it last. */
  runs: readonly RunSummary[] = [];
  state: StoreState = 'idle';
  /** The reason for `lost`, or what `starting` waits for; for the user. */
  message: string | undefined;

  readonly #mayStart: () => boolean;
  readonly #log: ConnectionLog;
  readonly #t: (sentence: string) => string;
  readonly #changed = new Emitter<void>();
  readonly #delta = new Emitter<Delta>();
  readonly #followers = new Map<string, Set<Follower>>();
  #client: Client | undefined;
  #connecting: { start: boolean; client: Promise<Client> } | undefined;
  #disposed = false;

  /** State, message or runs changed. */
  readonly onDidChange = this.#changed.event;
  /** Of every followed run, in order. */
  readonly onDelta = this.#delta.event;

  constructor({ home, mayStart, log, t = (sentence) => sentence }: ConnectionOptions) {
    this.home = home;
    this.#mayStart = mayStart;
    this.#log = log;
    this.#t = t;
  }

  /** Sends a request, after connecting to the server or starting it. Rejects with the server's error or the reason why there is no connection. */
  async request<P, R>(type: RequestType<P, R, void>, params: P): Promise<R> {
    return (await this.connect()).request(type, params);
  }

  /** Whether there is anything to show without creating a store. */
  get exists(): boolean {
    return existsSync(this.home);
  }

  /** The connection to the server, made if there is none. */
  connect({ start = this.#mayStart() } = {}): Promise<Client> {
    if (this.#client) return Promise.resolve(this.#client);
    const before = this.#connecting;
    if (before && (before.start || !start)) return before.client;
    // A call that only looks for a server may fail where one that may start it succeeds.
    const client = before ? before.client.catch(() => this.#connect(true)) : this.#connect(start);
    const connecting = { start, client };
    this.#connecting = connecting;
    const end = (): void => {
      if (this.#connecting === connecting) this.#connecting = undefined;
    };
    client.then(end, end);
    return client;
  }

  async #connect(start: boolean): Promise<Client> {
    const before = { state: this.state, message: this.message };
    this.#set('starting', this.#t('Connecting to the training server …'));
    try {
      const client = await connectToServer({ home: this.home, start });
      if (!client) throw new Error(this.#t('No training server is running.'));
      if (this.#disposed) {
        client.dispose();
        throw new Error('The view is closing.');
      }
      this.#client = client;
      client.onDelta((delta) => this.#delta.fire(delta));
      client.onRunsChanged((runs) => this.#takeRuns(runs));
      client.onClose(() => void this.#recover());
      this.runs = await client.request(Runs);
      this.#log.info(`Connected to the training server of ${this.home}.`);
      this.#set('connected');
      return client;
    } catch (error) {
      this.#client = undefined;
      this.#log.warn(`No connection to the training server of ${this.home}: ${errorText(error)}`);
      // If it only looked for a server, the absence of one is not an error.
      if (start) this.#set('lost', errorText(error));
      else this.#set(before.state, before.message);
      throw error;
    }
  }

  /** The connection was lost: reconnect, and restart the server if it died. */
  async #recover(): Promise<void> {
    if (this.#disposed || !this.#client) return;
    this.#client = undefined;
    this.#log.warn(`The connection to the training server of ${this.home} was lost.`);
    this.#set('starting', this.#t('The connection to the training server was lost; reconnecting …'));
    // A server that stops on request removes its socket. One that died left runs that should continue.
    const died = this.runs.some(isLive) && knownSockets(this.home).some((socket) => existsSync(socket));
    const restart = died && this.#mayStart();
    for (const [attempt, pause] of PAUSES.entries()) {
      await sleep(pause);
      if (this.#disposed || this.#client) return;
      const start = restart && attempt === PAUSES.length - 1;
      const found = await this.connect({ start }).then(
        () => true,
        () => false,
      );
      if (found) return;
    }
    if (!restart) this.#set('lost', this.#t('The training server has stopped. It restarts when it is needed.'));
  }

  #takeRuns(runs: readonly RunSummary[]): void {
    this.runs = runs;
    this.#changed.fire();
  }

  #set(state: StoreState, message?: string): void {
    if (this.#disposed) return;
    this.state = state;
    this.message = message;
    this.#changed.fire();
  }

  /** Snapshot of a run, and from then on its deltas in `onDelta` without a gap. Must be requested again after a lost connection. */
  async subscribe(run: string, follower: Follower): Promise<RunSnapshot> {
    const followers = this.#followers.get(run) ?? new Set();
    this.#followers.set(run, followers.add(follower));
    return this.request(Subscribe, { run });
  }

  async unsubscribe(run: string, follower: Follower): Promise<void> {
    const followers = this.#followers.get(run);
    if (!followers?.delete(follower) || followers.size > 0) return;
    this.#followers.delete(run);
    if (this.#client) await this.#client.request(Unsubscribe, { run });
  }

  dispose(): void {
    this.#disposed = true;
    this.#client?.dispose();
    this.#changed.dispose();
    this.#delta.dispose();
  }
}
