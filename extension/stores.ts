/** The run stores of this window: one for each workspace folder, and for folders whose run files are trained from here. */
import { dirname } from 'node:path';
import * as vscode from 'vscode';
import type { RequestType } from 'vscode-jsonrpc';
import { findHome } from '../server/client/home.ts';
import { StoreConnection } from '../server/client/store-connection.ts';
import type { ConnectionState } from '../server/protocol/panel.ts';
import type { Delta, RunSummary } from '../server/protocol/requests.ts';
import type { Log } from './log.ts';
import { Refusal } from './refusal.ts';
import { isOnDisk } from './run-files.ts';

/** Newest first; runs created at the same instant by descending id. */
const newestFirst = (a: RunSummary, b: RunSummary): number =>
  b.created.localeCompare(a.created) || b.run.localeCompare(a.run);

export class Stores implements vscode.Disposable {
  readonly #log: Log;
  readonly #connections = new Map<string, StoreConnection>();
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #delta = new vscode.EventEmitter<Delta>();
  readonly #subscriptions: vscode.Disposable[] = [this.#changed, this.#delta];

  /** A state or the list of runs changed. */
  readonly onDidChange = this.#changed.event;
  readonly onDelta = this.#delta.event;

  constructor(log: Log) {
    this.#log = log;
    this.#subscriptions.push(
      vscode.workspace.onDidChangeWorkspaceFolders(() => void this.look()),
      vscode.workspace.onDidGrantWorkspaceTrust(() => void this.look()),
    );
    // A server started from a terminal or another window writes this file into its store.
    const notes = vscode.workspace.createFileSystemWatcher('**/.rectiscope/server.json', false, false, true);
    this.#subscriptions.push(
      notes,
      notes.onDidCreate(() => void this.look()),
      notes.onDidChange(() => void this.look()),
    );
  }

  /** The store of a run file. */
  of(file: vscode.Uri): StoreConnection {
    const folder = vscode.workspace.getWorkspaceFolder(file)?.uri.fsPath ?? dirname(file.fsPath);
    return this.#open(findHome(folder));
  }

  #open(home: string): StoreConnection {
    const known = this.#connections.get(home);
    if (known) return known;
    const connection = new StoreConnection({
      home,
      mayStart: () => vscode.workspace.isTrusted,
      log: this.#log,
      t: vscode.l10n.t,
    });
    this.#connections.set(home, connection);
    this.#subscriptions.push(
      connection,
      connection.onDidChange(() => this.#changed.fire()),
      connection.onDelta((delta) => this.#delta.fire(delta)),
    );
    return connection;
  }

  /**
   * Connects to the existing stores of the workspace's folders; creates none. With `start`, because the user wants to see runs, a
   * server is started if none is running; otherwise it only looks for one. Resolves when each store has sent its runs, or has
   * the reason why not in its state, which views show.
   */
  async look({ start = false } = {}): Promise<void> {
    for (const { uri } of vscode.workspace.workspaceFolders ?? []) if (isOnDisk(uri)) this.#open(findHome(uri.fsPath));
    const there = [...this.#connections.values()].filter(({ exists }) => exists);
    await Promise.allSettled(
      there.map((connection) => connection.connect({ start: start && vscode.workspace.isTrusted })),
    );
  }

  /** Reconnects after a lost connection; rejects with the reason why it can't. */
  async reconnect(): Promise<void> {
    const lost = [...this.#connections.values()].filter(({ state }) => state === 'lost');
    await Promise.all(lost.map((connection) => connection.connect()));
  }

  /** All runs of all stores, newest first. */
  get runs(): RunSummary[] {
    return [...this.#connections.values()].flatMap(({ runs }) => runs).toSorted(newestFirst);
  }

  /** The worst state of all stores: the user has to know which one is not connected. */
  get state(): { state: ConnectionState; message?: string } {
    const all = [...this.#connections.values()];
    const worst = all.find(({ state }) => state === 'lost') ?? all.find(({ state }) => state === 'starting');
    if (!worst || worst.state === 'idle') return { state: 'connected' };
    return { state: worst.state, ...(worst.message !== undefined && { message: worst.message }) };
  }

  run(run: string): RunSummary | undefined {
    return this.runs.find((one) => one.run === run);
  }

  /** The store that has a run; throws if none has. */
  connectionOf(run: string): StoreConnection {
    const found = [...this.#connections.values()].find(({ runs }) => runs.some((one) => one.run === run));
    if (!found) throw new Refusal(vscode.l10n.t('Run {0} is no longer in the store.', run));
    return found;
  }

  /** Sends a request to the server of the store that has a run. */
  async request<P, R>(run: string, type: RequestType<P, R, void>, params: P): Promise<R> {
    return this.connectionOf(run).request(type, params);
  }

  dispose(): void {
    vscode.Disposable.from(...this.#subscriptions).dispose();
  }
}
