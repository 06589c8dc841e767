/** One connection to a training server, as the command line and the extension use it. */
import type { Socket } from 'node:net';
import {
  ConnectionError,
  createMessageConnection,
  ErrorCodes,
  type MessageConnection,
  type RequestType,
  type RequestType0,
  ResponseError,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
import {
  type Delta,
  DeltaNotification,
  Hello,
  PROTOCOL_VERSION,
  type RunSummary,
  RunsChanged,
  type ServerStatus,
} from '../protocol/requests.ts';

/** The server stopped or died. Running runs continue when it restarts: connect again. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
  constructor() {
    super('The connection to the training server was lost.');
  }
}

/** Undoes a registration. */
export type Dispose = () => void;

/** How long a server may take to answer the greeting, ms: one that is suspended by a signal accepts connections but never answers. */
const HELLO_MS = 10_000;

export class Client {
  /** The server at the time of connecting. */
  readonly server: ServerStatus;
  readonly #connection: MessageConnection;
  readonly #socket: Socket;
  readonly #deltaListeners = new Set<(delta: Delta) => void>();
  readonly #runsListeners = new Set<(runs: RunSummary[]) => void>();
  readonly #closed = Promise.withResolvers<void>();

  /** Exchanges greetings over a connected socket. Throws `versionMismatch` (protocol/errors.ts) or ConnectionLost. */
  static async greet(socket: Socket): Promise<Client> {
    const connection = openConnection(socket);
    const timer = setTimeout(() => socket.destroy(), HELLO_MS);
    try {
      const server = await ask(() => connection.sendRequest(Hello, { protocol: PROTOCOL_VERSION }));
      return new Client(socket, connection, server);
    } catch (error) {
      socket.destroy();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  private constructor(socket: Socket, connection: MessageConnection, server: ServerStatus) {
    this.server = server;
    this.#socket = socket;
    this.#connection = connection;
    connection.onNotification(DeltaNotification, (delta) => {
      for (const listener of this.#deltaListeners) listener(delta);
    });
    connection.onNotification(RunsChanged, ({ runs }) => {
      for (const listener of this.#runsListeners) listener(runs);
    });
    if (socket.destroyed) this.#closed.resolve();
    else socket.once('close', () => this.#closed.resolve());
  }

  /** Sends a request. Rejects with a ResponseError (see `errorCode`) or ConnectionLost. */
  async request<Result>(type: RequestType0<Result, void>): Promise<Result>;
  async request<Params, Result>(type: RequestType<Params, Result, void>, params: Params): Promise<Result>;
  async request(type: { method: string }, params?: unknown): Promise<unknown> {
    return await ask(() =>
      params === undefined
        ? this.#connection.sendRequest(type.method)
        : this.#connection.sendRequest(type.method, params),
    );
  }

  /** Events of the runs that this client has subscribed to. */
  onDelta(listener: (delta: Delta) => void): Dispose {
    this.#deltaListeners.add(listener);
    return () => void this.#deltaListeners.delete(listener);
  }

  /** All runs, whenever one is added, changed or removed. */
  onRunsChanged(listener: (runs: RunSummary[]) => void): Dispose {
    this.#runsListeners.add(listener);
    return () => void this.#runsListeners.delete(listener);
  }

  /** The connection has closed, from either side; also called if it had closed before. */
  onClose(listener: () => void): void {
    void this.#closed.promise.then(listener);
  }

  dispose(): void {
    this.#socket.destroy();
  }
}

/** Requests over a socket; pending ones are rejected when it closes. */
export function openConnection(socket: Socket): MessageConnection {
  const connection = createMessageConnection(new StreamMessageReader(socket), new StreamMessageWriter(socket));
  socket.once('close', () => connection.dispose());
  // The error of a broken socket precedes its close, which is enough.
  socket.on('error', () => undefined);
  connection.listen();
  return connection;
}

const LOST_CODES = new Set<number>([ErrorCodes.PendingResponseRejected, ErrorCodes.MessageWriteError]);

/** Sends, and distinguishes a lost connection from an error of the server. */
async function ask<Result>(send: () => Promise<Result>): Promise<Result> {
  try {
    return await send();
  } catch (error) {
    const isLost = error instanceof ConnectionError || (error instanceof ResponseError && LOST_CODES.has(error.code));
    throw isLost ? new ConnectionLost() : error;
  }
}
