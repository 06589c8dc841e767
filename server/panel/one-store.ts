/** The one store of a folder, as a panel sees it. */
import { type FSWatcher, watch } from 'node:fs';
import type { StoreConnection } from '../client/store-connection.ts';
import { noSuchRun } from '../protocol/errors.ts';
import type { RunSummary } from '../protocol/requests.ts';
import type { Disposable, PanelStores } from './panel-host.ts';

export class OneStore implements PanelStores, Disposable {
  readonly connection: StoreConnection;
  readonly onDidChange: PanelStores['onDidChange'];
  readonly onDelta: PanelStores['onDelta'];
  readonly #notes: FSWatcher;

  /** The folder of the store exists. */
  constructor(connection: StoreConnection, warn: (text: string) => void) {
    this.connection = connection;
    this.onDidChange = (listener) => connection.onDidChange(listener);
    this.onDelta = (listener) => connection.onDelta(listener);
    // A server started from another terminal writes this file into its store.
    this.#notes = watch(connection.home, (_event, file) => {
      if (file === 'server.json' && connection.state === 'lost') void this.look({ start: false });
    });
    this.#notes.on('error', (error) => warn(`${connection.home} can't be watched: ${error.message}`));
  }

  get runs(): RunSummary[] {
    return [...this.connection.runs];
  }

  get state(): PanelStores['state'] {
    const { state, message } = this.connection;
    return { state: state === 'idle' ? 'connected' : state, ...(message !== undefined && { message }) };
  }

  async look(options: { start: boolean }): Promise<void> {
    await this.connection.connect(options).catch(() => {
      // The reason is in its state, which the page shows.
    });
  }

  async reconnect(): Promise<void> {
    await this.connection.connect();
  }

  run(run: string): RunSummary | undefined {
    return this.connection.runs.find((one) => one.run === run);
  }

  connectionOf(run: string): StoreConnection {
    if (!this.run(run)) throw noSuchRun(run);
    return this.connection;
  }

  dispose(): void {
    this.#notes.close();
    this.connection.dispose();
  }
}
