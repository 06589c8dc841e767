/** What the relay of a page needs of where it runs: VS Code's extension, or the command `rectiscope panel`. */
import type { ConnectionState, PanelMessage } from '../protocol/panel.ts';
import type { Delta, RunSnapshot, RunSummary } from '../protocol/requests.ts';

/** VS Code's and vscode-jsonrpc's are such. */
export interface Disposable {
  dispose(): unknown;
}

/** Whoever draws a run: it is unsubscribed when the last one leaves it. */
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
  /** Of every run that someone follows, in order. */
  onDelta(listener: (delta: Delta) => void): Disposable;
  /** Connect; ends when each store has told its runs, or has why it can't in its state. */
  look(options: { start: boolean }): Promise<void>;
  /** Try again after a line was lost; rejects with what is in the way. */
  reconnect(): Promise<void>;
  run(run: string): RunSummary | undefined;
  /** The store that has a run; throws where none has. */
  connectionOf(run: string): RunSource;
}

/** The run files as the user has them: an editor's, unsaved changes included, or the disk's. */
export interface FileTexts {
  /** Undefined where the file is not there any more. */
  read(file: string): Promise<string | undefined>;
  /** Calls whenever the text of a file changes, until it is disposed of. */
  watch(file: string, changed: () => void): Disposable;
}

/** What every relay does itself. */
type Relayed = 'ready' | 'choose' | 'snapshotPlease' | 'remember' | 'reconnect';
/** What a page asks for that is done differently in an editor and in a browser. */
export type HostAction = Exclude<PanelMessage, { type: Relayed }>;

export interface PanelHost {
  readonly texts: FileTexts;
  /** Do what the page asks for; rejects with what is wrong, for the user. */
  act(action: HostAction): Promise<void>;
  /** Told how the page is looked at, and which runs it draws. */
  remember(saved: unknown): void;
  rememberChosen(runs: readonly string[]): void;
  /** Something went wrong that no user can mend. */
  warn(text: string): void;
}
