/** Where clients come in: the socket, its permissions, the connected clients, and what all of them are told. */
import { chmodSync, lstatSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import type { Delta, RunSummary } from '../protocol/requests.ts';
import { makePrivateFolder, rememberSocket } from '../system/socket.ts';
import { removeStaleSockets } from '../system/stale-sockets.ts';
import { errorText, type Log } from './log.ts';
import { type Answer, View } from './view.ts';

/** Lists of runs are sent at most this often for progress, ms; longer lists less often, one ms a run. */
const PROGRESS_MS = 250;
/** How often it is checked that the socket is still where clients look for it, ms. */
const CHECK_MS = 3000;

export interface RpcOptions {
  /** Folder of the store. */
  home: string;
  /** Path of the socket (`socketPath`). */
  path: string;
  log: Log;
  answer: Answer;
  summaries: () => RunSummary[];
  onClientsChanged: () => void;
}

export class Rpc {
  readonly #options: RpcOptions;
  readonly #views = new Set<View>();
  #server: Server | undefined;
  #inode = 0;
  /** How many runs were in the last list. */
  #runs = 0;
  #check: NodeJS.Timeout | undefined;
  #runsTimer: NodeJS.Timeout | undefined;

  constructor(options: RpcOptions) {
    this.#options = options;
  }

  /** Clients that have said hello. */
  get clients(): number {
    return [...this.#views].filter((view) => view.greeted).length;
  }

  /** Listen, in a folder that only this user may enter. The caller holds the store, so whatever is there is stale. */
  async listen(): Promise<void> {
    const { path, home } = this.#options;
    const server = createServer((socket) => this.#accept(socket));
    if (process.platform !== 'win32') {
      makePrivateFolder(dirname(path));
      rmSync(path, { force: true });
    }
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, resolve);
    });
    server.on('error', (error) => this.#options.log.write('error', 'The socket failed', { error: errorText(error) }));
    if (process.platform !== 'win32') {
      chmodSync(path, 0o600);
      this.#inode = lstatSync(path).ino;
    }
    try {
      rememberSocket(home, path);
    } catch (error) {
      // On a full disk: only clients with another folder for temporary files need it.
      this.#options.log.write('warning', 'The note of the socket could not be written', { error: errorText(error) });
    }
    if (process.platform !== 'win32')
      removeStaleSockets(dirname(path)).catch((error: unknown) =>
        this.#options.log.write('warning', 'Sockets of killed servers could not be removed', {
          error: errorText(error),
        }),
      );
    this.#server = server;
    this.#check ??= setInterval(() => this.#checkSocket(), CHECK_MS);
  }

  /** Tell subscribers of an event. */
  tell(delta: Delta): void {
    for (const view of this.#views) view.tell(delta);
  }

  /** Tell every client of all runs: at once where a state changed, a few times a second for progress. */
  tellRuns(stateChanged: boolean): void {
    if (stateChanged) {
      clearTimeout(this.#runsTimer);
      this.#runsTimer = undefined;
      const runs = this.#options.summaries();
      this.#runs = runs.length;
      for (const view of this.#views) view.tellRuns(runs);
      return;
    }
    if (this.#runsTimer || this.#views.size === 0) return;
    this.#runsTimer = setTimeout(() => this.tellRuns(true), Math.max(PROGRESS_MS, this.#runs));
  }

  /** Stop listening and let every client go, once it has got what was sent. */
  async close(): Promise<void> {
    clearInterval(this.#check);
    clearTimeout(this.#runsTimer);
    const closed = new Promise<void>((resolve) => {
      if (this.#server) this.#server.close(() => resolve());
      else resolve();
    });
    for (const view of this.#views) view.close();
    await closed;
  }

  #accept(socket: Socket): void {
    const { log, answer, onClientsChanged } = this.#options;
    const onClose = (view: View) => {
      this.#views.delete(view);
      onClientsChanged();
    };
    this.#views.add(new View({ socket, log, answer, onClose }));
  }

  /** Temporary folders are swept, and a user's runtime folder goes with his last login: be found again. */
  #checkSocket(): void {
    if (process.platform === 'win32') return;
    const { path, log } = this.#options;
    if (lstatSync(path, { throwIfNoEntry: false })?.ino === this.#inode) return;
    log.write('warning', 'The socket was removed; listening again', { path });
    // First, since closing removes whatever is at the path; the clients of the old one stay.
    this.#server?.close();
    this.listen().catch((error: unknown) => log.write('error', 'Could not listen again', { error: errorText(error) }));
  }
}
