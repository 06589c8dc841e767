/** Between one page and the stores, in VS Code and in a browser: send snapshots, then deltas, and pass on the page's requests. */
import { errorText } from '../protocol/errors.ts';
import type { HostMessage, PanelMessage } from '../protocol/panel.ts';
import { FixWatch } from './fix-watch.ts';
import type { Disposable, PanelHost, PanelStores } from './panel-host.ts';

export interface RelayOptions {
  stores: PanelStores;
  host: PanelHost;
  /** Runs to draw at first; without them the page decides. */
  show: readonly string[];
  post: (message: HostMessage) => void;
}

export class Relay implements Disposable {
  readonly #options: RelayOptions;
  readonly #subscriptions: Disposable[];
  /** Runs whose snapshot the page has: only these get deltas. */
  readonly #streaming = new Set<string>();
  /** Snapshots being fetched: a page that asks twice gets one. */
  readonly #hydrating = new Map<string, Promise<void>>();
  readonly #fixes: FixWatch;
  #chosen: readonly string[] = [];
  #show: readonly string[];
  #ready = false;
  /** The state that was sent last: only changes are sent. */
  #sent = '';
  #sentRuns = false;

  constructor(options: RelayOptions) {
    const { stores, host, post } = options;
    this.#options = options;
    this.#show = options.show;
    this.#fixes = new FixWatch({ texts: host.texts, post, fail: (error) => host.warn(errorText(error)) });
    this.#subscriptions = [
      this.#fixes,
      stores.onDidChange(() => this.#sendState()),
      stores.onDelta((delta) => {
        if (!this.#streaming.has(delta.run)) return;
        post({ type: 'delta', delta });
        this.#fixes.takeDelta(delta);
      }),
    ];
  }

  /** Draws exactly these runs, once the page listens. */
  show(runs: readonly string[]): void {
    if (this.#ready) this.#options.post({ type: 'show', runs: [...runs] });
    else this.#show = runs;
  }

  receive(message: PanelMessage): void {
    this.#receive(message).catch((error: unknown) => {
      const run = 'run' in message ? message.run : undefined;
      this.#options.host.warn(`${message.type}: ${errorText(error)}`);
      this.#options.post({ type: 'problem', message: errorText(error), ...(run !== undefined && { run }) });
    });
  }

  async #receive(message: PanelMessage): Promise<void> {
    switch (message.type) {
      case 'ready':
        return this.#begin();
      case 'choose':
        return this.#choose(message.runs);
      case 'snapshotPlease':
        return this.#hydrate(message.run);
      case 'remember':
        return this.#options.host.remember(message.saved);
      case 'reconnect':
        return this.#options.stores.reconnect();
      default:
        return this.#options.host.act(message);
    }
  }

  #begin(): void {
    this.#ready = true;
    this.#sent = '';
    this.#sentRuns = false;
    this.#streaming.clear();
    void this.#options.stores.look({ start: true });
    this.#sendState();
  }

  /** The page is hidden, which ends it; shown again, it starts over with `ready`. */
  hide(): void {
    this.#ready = false;
    this.#leaveAll();
  }

  #sendState(): void {
    if (!this.#ready) return;
    const { stores, post } = this.#options;
    const connection = { type: 'connection', ...stores.state } as const;
    // After a lost connection nothing streams until the page, once connected, has requested the snapshot again.
    if (connection.state !== 'connected') this.#streaming.clear();
    const text = JSON.stringify(connection);
    if (text !== this.#sent) post(connection);
    this.#sent = text;
    // An incomplete list would make the page forget which runs it drew.
    this.#sentRuns ||= connection.state === 'connected';
    if (!this.#sentRuns) return;
    const { runs } = stores;
    post({ type: 'runs', runs });
    const show = this.#show.filter((run) => runs.some((one) => one.run === run));
    if (show.length === 0) return;
    this.#show = [];
    post({ type: 'show', runs: show });
  }

  async #choose(runs: readonly string[]): Promise<void> {
    const before = this.#chosen;
    this.#chosen = runs;
    this.#options.host.rememberChosen(runs);
    for (const run of before.filter((one) => !runs.includes(one))) await this.#leave(run);
    const missing = runs.filter((run) => !this.#streaming.has(run));
    const results = await Promise.allSettled(missing.map((run) => this.#hydrate(run)));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  #hydrate(run: string): Promise<void> {
    const underWay = this.#hydrating.get(run);
    if (underWay) return underWay;
    const hydrated = this.#sendSnapshot(run).finally(() => this.#hydrating.delete(run));
    this.#hydrating.set(run, hydrated);
    return hydrated;
  }

  async #sendSnapshot(run: string): Promise<void> {
    this.#streaming.delete(run);
    const snapshot = await this.#options.stores.connectionOf(run).subscribe(run, this);
    // No longer chosen.
    if (!this.#chosen.includes(run)) return this.#leave(run);
    this.#options.post({ type: 'snapshot', snapshot });
    this.#streaming.add(run);
    this.#fixes.take(snapshot);
  }

  async #leave(run: string): Promise<void> {
    this.#streaming.delete(run);
    this.#fixes.forget(run);
    if (this.#options.stores.run(run)) await this.#options.stores.connectionOf(run).unsubscribe(run, this);
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#leaveAll();
  }

  #leaveAll(): void {
    const leaving = this.#chosen;
    this.#chosen = [];
    for (const run of leaving) this.#leave(run).catch((error: unknown) => this.#options.host.warn(errorText(error)));
  }
}
