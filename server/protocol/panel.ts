/**
 * What the panel and its host say to each other. The host is the extension (`webview.postMessage`) or, in a browser, a
 * small script with the same three functions; it relays between the panel and the training server and decides what needs
 * asking (removing a run, writing a file). Types only: both ends import this file.
 *
 * Order of a life: the panel says `ready` and nothing is sent to it before; the host answers with `connection` and `runs`;
 * the panel says which runs it draws (`choose`), the host sends a `snapshot` of each run that was not in the list before
 * and from then on its `delta`s. A panel that sees a gap in `Delta.sequence` says `snapshotPlease`. Runs left out of a
 * later `choose` get no more deltas.
 */
import type { Delta, RunSnapshot, RunSummary } from './requests.ts';

/** Between host and training server: `starting` also while the runtime is being installed (the message says so). */
export type ConnectionState = 'connected' | 'starting' | 'lost';

/** Whether a finding's fix can be applied: to the file that was run; it is there already; the file is another by now. */
export type FixState = 'fits' | 'applied' | 'changed';

export type HostMessage =
  | { type: 'connection'; state: ConnectionState; message?: string }
  /** All runs of the store, whenever one appears, changes or goes; also the answer to `ready`. */
  | { type: 'runs'; runs: RunSummary[] }
  | { type: 'snapshot'; snapshot: RunSnapshot }
  | { type: 'delta'; delta: Delta }
  /** How the fixes of a run's findings stand, by rule: after its snapshot, a finding, and a change of its file. */
  | { type: 'fixes'; run: string; fixes: Record<string, FixState> }
  /** Draw exactly these runs (a command such as Compare Runs); the panel answers with `choose`. */
  | { type: 'show'; runs: string[] }
  /** Something that the panel asked for failed: what is wrong and what to do, for the user. */
  | { type: 'problem'; message: string; run?: string };

/** One line that a `tell` shows; `number` as the file counts it, from 1. */
export interface ToldLine {
  number: number;
  text: string;
  mark?: 'here' | 'removed' | 'added';
}

/**
 * What a host that is no editor says in the place of an editor's window: a line of a file, a fix as a difference, what to run.
 * It is taken in by the browser's script, never by the panel.
 */
export interface Instruction {
  type: 'tell';
  title: string;
  paragraphs: string[];
  /** Lines of a file; where numbers skip, lines are left out. */
  lines?: ToldLine[];
  /** Commands for a terminal: each is shown, and can be copied. */
  commands?: string[];
  /** A text to copy, and the label of its button. */
  copy?: { label: string; text: string };
  /** A file that the user may want to have. */
  download?: { name: string; text: string };
}

/** What a page in a browser is sent, one JSON line a message. */
export type BrowserMessage = HostMessage | Instruction;

/** What a page in a browser asks its host for; what it saves and remembers stays in the browser. */
export type AskedMessage = Exclude<PanelMessage, { type: 'save' | 'remember' }>;

export type PanelMessage =
  /** The panel listens. Sent again when nothing came and the user asks for it. */
  | { type: 'ready' }
  /** Ids of the runs that are drawn, all of them. */
  | { type: 'choose'; runs: string[] }
  | { type: 'snapshotPlease'; run: string }
  | { type: 'stop' | 'resume' | 'remove'; run: string }
  /** Go to a line of the run's file, counted from 1. */
  | { type: 'reveal'; run: string; line: number }
  /** Go to the entry of the run's file that made a layer; the host reads the file to find it. */
  | { type: 'revealLayer'; run: string; layer: string }
  /** Apply the fix of the run's finding of this rule to the run file, through the editor so that it can be undone. */
  | { type: 'applyFix'; run: string; rule: string }
  /** Train the run's fixed copy, to see what the fix of this rule is worth. */
  | { type: 'prove'; run: string; rule: string }
  /** Let the user choose where to save this text; `name` is a proposal. */
  | { type: 'save'; name: string; mime: 'text/csv' | 'image/svg+xml'; text: string }
  /** How the panel is looked at; handed to the next page (`panelHtml`'s `saved`) once this panel was closed for good. */
  | { type: 'remember'; saved: unknown }
  /** Train a run file; `newRunFile`: write one first. */
  | { type: 'train' | 'newRunFile' }
  /** Start the training server again, or connect to it, after `lost`. */
  | { type: 'reconnect' };
