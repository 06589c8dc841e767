/** A line to the training server of a store that is made again when it is cut: for commands that outlast a server. */
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RequestType, RequestType0 } from 'vscode-jsonrpc';
import type { Delta, RunSummary, ServerStatus } from '../protocol/requests.ts';
import { knownSockets } from '../system/socket.ts';
import { type Client, type ConnectOptions, connectToServer, type Dispose } from './connect.ts';

/** The server ended because someone asked it to, and no other one came. */
export class ServerEnded extends Error {
  override readonly name = 'ServerEnded';

  constructor() {
    super('The training server has ended. Runs go on when it starts again: `rectiscope server start`.');
  }
}

/** What became of a cut line: `restarted` where another process answers now than before. */
export type Recovery = 'reconnected' | 'restarted';

/** How often, ms, and how many times a server is looked for after one ended as it was asked to. */
const LOOK_MS = 200;
const LOOKS = 10;

export type LastingOptions = Omit<ConnectOptions, 'start'>;

export class LastingClient {
  readonly #options: LastingOptions;
  readonly #deltaListeners = new Set<(delta: Delta) => void>();
  readonly #runsListeners = new Set<(runs: RunSummary[]) => void>();
  readonly #cutListeners = new Set<() => void>();
  #client: Client;
  #isCut = false;
  #disposed = false;
  #recovery: Promise<Recovery> | undefined;

  /** Connect; the server is started where it is not running. Throws ServerNotStarted or `versionMismatch`. */
  static async connect(options: LastingOptions): Promise<LastingClient> {
    return new LastingClient(options, await connectToServer({ ...options, start: true }));
  }

  private constructor(options: LastingOptions, client: Client) {
    this.#options = options;
    this.#client = client;
    this.#take(client);
  }

  /** The server at the moment of connecting. */
  get server(): ServerStatus {
    return this.#client.server;
  }

  /**
   * Ask the server. A request that is under way when the line is cut rejects with ConnectionLost, since nobody knows
   * whether it was heard; the next one makes the line again first.
   */
  async request<Result>(type: RequestType0<Result, void>): Promise<Result>;
  async request<Params, Result>(type: RequestType<Params, Result, void>, params: Params): Promise<Result>;
  async request(type: { method: string }, params?: unknown): Promise<unknown> {
    if (this.#isCut) await this.recover();
    return await this.#client.request(type as RequestType<unknown, unknown, void>, params);
  }

  /** Events of the runs that are subscribed to. Subscriptions end with the line. */
  onDelta(listener: (delta: Delta) => void): Dispose {
    this.#deltaListeners.add(listener);
    return () => void this.#deltaListeners.delete(listener);
  }

  /** What became of the runs of the store, several times a second at most. */
  onRunsChanged(listener: (runs: RunSummary[]) => void): Dispose {
    this.#runsListeners.add(listener);
    return () => void this.#runsListeners.delete(listener);
  }

  /** The line was cut, not by us. */
  onCut(listener: () => void): Dispose {
    this.#cutListeners.add(listener);
    return () => void this.#cutListeners.delete(listener);
  }

  /**
   * Make the line again; a server that died is started again, one that was ended is not. Throws ServerEnded, or what
   * `connect` throws.
   */
  recover(): Promise<Recovery> {
    this.#recovery ??= this.#recover().finally(() => {
      this.#recovery = undefined;
    });
    return this.#recovery;
  }

  dispose(): void {
    this.#disposed = true;
    this.#client.dispose();
  }

  async #recover(): Promise<Recovery> {
    const before = this.#client.server.pid;
    if (this.#isCut) {
      const client = await this.#find();
      this.#client = client;
      this.#isCut = false;
      this.#take(client);
    }
    return this.#client.server.pid === before ? 'reconnected' : 'restarted';
  }

  async #find(): Promise<Client> {
    // A server that ends as asked takes its socket along; one that died leaves it. Pipes of Windows go with any process.
    const { home } = this.#options;
    if (process.platform === 'win32' || knownSockets(home).some((socket) => existsSync(socket)))
      return await connectToServer({ ...this.#options, start: true });
    for (let look = 0; look < LOOKS; look++) {
      await sleep(LOOK_MS);
      const client = await connectToServer({ ...this.#options, start: false });
      if (client) return client;
    }
    throw new ServerEnded();
  }

  #take(client: Client): void {
    client.onDelta((delta) => {
      for (const listener of this.#deltaListeners) listener(delta);
    });
    client.onRunsChanged((runs) => {
      for (const listener of this.#runsListeners) listener(runs);
    });
    client.onClose(() => {
      if (this.#disposed || this.#client !== client) return;
      this.#isCut = true;
      for (const listener of this.#cutListeners) listener();
    });
  }
}
