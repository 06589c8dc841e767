/** What a page's relay needs from its host: VS Code's extension, or the command `rectiscope panel`. */
import type { ConnectionState, PanelMessage } from '../protocol/panel.ts';
import type { Delta, RunSnapshot, RunSummary } from '../protocol/requests.ts';

/** As in VS Code and vscode-jsonrpc. */
export interface Disposable {
  dispose(): unknown;
}

/** A client that draws a run: the run is unsubscribed when the last one leaves. */
interface RunSource {
  subscribe(run: string, follower: object): Promise<RunSnapshot>;
  unsubscribe(run: string, follower: object): Promise<void>;
}

/** The stores whose runs a page shows: the workspace's, or the one of a folder. */
export interface PanelStores {
  readonly runs: RunSummary[];
  /** The worst state of all stores. */
  readonly state: { state: ConnectionState; message?: string };
  /** A state or the list of runs changed. */
  onDidChange(listener: () => void): Disposable;
  /** Of every followed run, in order. */
  onDelta(listener: (delta: Delta) => void): Disposable;
  /** Connects; resolves when each store has sent its runs, or has the reason why not in its state. */
  look(options: { start: boolean }): Promise<void>;
  /** Reconnects after a lost connection; rejects with the reason why it can't. */
  reconnect(): Promise<void>;
  run(run: string): RunSummary | undefined;
  /** The store that has a run; throws if none has. */
  connectionOf(run: string): RunSource;
}

/** The run files as the user sees them: an editor's, including unsaved changes, or the disk's. */
export interface FileTexts {
  /** Undefined if the file no longer exists. */
  read(file: string): Promise<string | undefined>;
  /** Calls whenever the text of a file changes, until it is disposed of. */
  watch(file: string, changed: () => void): Disposable;
}

/** Messages that every relay handles itself. */
type Relayed = 'ready' | 'choose' | 'snapshotPlease' | 'remember' | 'reconnect';
/** Requests of a page that are handled differently in an editor and in a browser. */
export type HostAction = Exclude<PanelMessage, { type: Relayed }>;

export interface PanelHost {
  readonly texts: FileTexts;
  /** Carries out a request of the page; rejects with what is wrong, for the user. */
  act(action: HostAction): Promise<void>;
  /** Receives the view of the page, and which runs it draws. */
  remember(saved: unknown): void;
  rememberChosen(runs: readonly string[]): void;
  /** Reports a failure that the user can't fix. */
  warn(text: string): void;
}
