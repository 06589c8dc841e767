/** A connection to a store's training server that reconnects when it is lost: for commands that outlive a server. */
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RequestType, RequestType0 } from 'vscode-jsonrpc';
import type { Delta, RunSummary, ServerStatus } from '../protocol/requests.ts';
import { knownSockets } from '../system/socket.ts';
import { type Client, type ConnectOptions, connectToServer, type Dispose } from './connect.ts';

/** The server was stopped on request, and no other one was started. */
export class ServerEnded extends Error {
  override readonly name = 'ServerEnded';

  constructor() {
    super('The training server has stopped. Runs continue when it restarts: `rectiscope server start`.');
  }
}

/** The result of a reconnect: `restarted` if a different process answers now. */
export type Recovery = 'reconnected' | 'restarted';

/** The interval, ms, and the number of attempts to find a server after one was stopped on request. */
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

  /** Connects; starts the server if it is not running. Throws ServerNotStarted or `versionMismatch`. */
  static async connect(options: LastingOptions): Promise<LastingClient> {
    return new LastingClient(options, await connectToServer({ ...options, start: true }));
  }

  private constructor(options: LastingOptions, client: Client) {
    this.#options = options;
    this.#client = client;
    this.#take(client);
  }

  /** The server at the time of connecting. */
  get server(): ServerStatus {
    return this.#client.server;
  }

  /**
   * Sends a request. A request that is pending when the connection is lost rejects with ConnectionLost, since the server may
   * or may not have received it; the next one reconnects first.
   */
  async request<Result>(type: RequestType0<Result, void>): Promise<Result>;
  async request<Params, Result>(type: RequestType<Params, Result, void>, params: Params): Promise<Result>;
  async request(type: { method: string }, params?: unknown): Promise<unknown> {
    if (this.#isCut) await this.recover();
    return await this.#client.request(type as RequestType<unknown, unknown, void>, params);
  }

  /** Events of the subscribed runs. Subscriptions end with the connection. */
  onDelta(listener: (delta: Delta) => void): Dispose {
    this.#deltaListeners.add(listener);
    return () => void this.#deltaListeners.delete(listener);
  }

  /** The list of the store's runs, several times a second at most. */
  onRunsChanged(listener: (runs: RunSummary[]) => void): Dispose {
    this.#runsListeners.add(listener);
    return () => void this.#runsListeners.delete(listener);
  }

  /** The connection was lost, not closed by us. */
  onCut(listener: () => void): Dispose {
    this.#cutListeners.add(listener);
    return () => void this.#cutListeners.delete(listener);
  }

  /**
   * Reconnects; a server that died is restarted, one that was stopped is not. Throws ServerEnded, or what
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
    // A server that stops on request removes its socket; one that died leaves it. Windows' pipes vanish with any process.
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
