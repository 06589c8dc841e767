/**
 * One connected client: what it is subscribed to, and how much it may be behind. A client that does not keep up loses
 * deltas, never memory of ours: once it has caught up it gets the latest delta of each of its runs, sees the gap in the
 * sequence, and asks for a snapshot.
 */
import type { Socket } from 'node:net';
import { createMessageConnection, type MessageConnection, ResponseError } from 'vscode-jsonrpc/node';
import { notAllowedNow } from '../protocol/errors.ts';
import { type Delta, DeltaNotification, Hello, type RunSummary, RunsChanged, Shutdown } from '../protocol/requests.ts';
import { FrameReader, FrameWriter } from './frames.ts';
import { errorText, type Log } from './log.ts';

/** Unsent bytes after which a client is behind. */
const MOST_BEHIND = 4 * 1024 * 1024;
/** How long a client may take to say hello, ms. */
const HELLO_MS = 10_000;

/** How long a client may take to get the last of what was sent, ms. */
const CLOSE_MS = 1000;

/** Answers a request; may throw a ResponseError. */
export type Answer = (method: string, params: unknown, view: View) => unknown;

export interface ViewOptions {
  socket: Socket;
  log: Log;
  answer: Answer;
  onClose: (view: View) => void;
}

export class View {
  /** It speaks our protocol: set by `hello`. */
  greeted = false;
  readonly #socket: Socket;
  readonly #connection: MessageConnection;
  readonly #subscriptions = new Set<string>();
  /** The latest delta that each run's subscription had to leave out. */
  readonly #missed = new Map<string, Delta>();
  #missedRuns: RunSummary[] | undefined;

  constructor({ socket, log, answer, onClose }: ViewOptions) {
    this.#socket = socket;
    const reader = new FrameReader(socket);
    const logger = {
      error: (message: string) => log.write('warning', 'A client', { message }),
      warn: (message: string) => log.write('warning', 'A client', { message }),
      info: () => undefined,
      log: () => undefined,
    };
    this.#connection = createMessageConnection(reader, new FrameWriter(socket), logger, {
      messageStrategy: {
        handleMessage: (message, next) => {
          reader.taken();
          return next(message);
        },
      },
    });
    this.#connection.onRequest(async (method, params) => {
      try {
        // Versions that differ understand two requests of each other.
        if (!this.greeted && method !== Hello.method && method !== Shutdown.method) {
          throw notAllowedNow(`Say \`hello\` before \`${method}\`.`);
        }
        return await answer(method, params, this);
      } catch (error) {
        if (!(error instanceof ResponseError)) log.write('error', `Request ${method}`, { error: errorText(error) });
        throw error;
      }
    });
    this.#connection.onError(([error]) => log.write('warning', 'A connection failed', { error: error.message }));
    socket.on('drain', () => this.#catchUp());
    const hello = setTimeout(() => {
      if (!this.greeted) socket.destroy();
    }, HELLO_MS);
    socket.on('close', () => {
      clearTimeout(hello);
      this.#connection.dispose();
      onClose(this);
    });
    this.#connection.listen();
  }

  /** From now on this client gets the run's deltas. */
  subscribe(run: string): void {
    this.#subscriptions.add(run);
    this.#missed.delete(run);
  }

  isSubscribed(run: string): boolean {
    return this.#subscriptions.has(run);
  }

  unsubscribe(run: string): void {
    this.#subscriptions.delete(run);
    this.#missed.delete(run);
  }

  /** Tell of an event, if this client wants to know. */
  tell(delta: Delta): void {
    if (!this.#subscriptions.has(delta.run)) return;
    if (this.#isBehind()) this.#missed.set(delta.run, delta);
    else this.#send(() => this.#connection.sendNotification(DeltaNotification, delta));
  }

  /** Tell the state of all runs. */
  tellRuns(runs: RunSummary[]): void {
    if (!this.greeted) return;
    if (this.#isBehind()) this.#missedRuns = runs;
    else this.#send(() => this.#connection.sendNotification(RunsChanged, { runs }));
  }

  /** Let the client go once it has got what was sent; one that does not take it is cut off. */
  close(): void {
    this.#socket.end();
    const timer = setTimeout(() => this.#socket.destroy(), CLOSE_MS);
    this.#socket.once('close', () => clearTimeout(timer));
  }

  #isBehind(): boolean {
    return this.#socket.writableLength > MOST_BEHIND;
  }

  #catchUp(): void {
    const missed = [...this.#missed.values()];
    this.#missed.clear();
    for (const delta of missed) this.tell(delta);
    const runs = this.#missedRuns;
    this.#missedRuns = undefined;
    if (runs) this.tellRuns(runs);
  }

  #send(send: () => Promise<void>): void {
    if (!this.#socket.writable) return;
    // Fails only where the connection closes at this moment; its close is told.
    send().catch(() => undefined);
  }
}
