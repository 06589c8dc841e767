/**
 * Messages between the panel and its host. The host is the extension (`webview.postMessage`) or, in a browser, a
 * small script with the same three functions; it relays between the panel and the training server and decides what needs
 * confirmation (removing a run, writing a file). Types only: both ends import this file.
 *
 * Order: the panel sends `ready` and receives nothing before; the host answers with `connection` and `runs`;
 * the panel sends the runs that it draws (`choose`), the host sends a `snapshot` of each run that was not in the list before
 * and from then on its `delta`s. A panel that sees a gap in `Delta.sequence` sends `snapshotPlease`. Runs left out of a
 * later `choose` get no more deltas.
 */
import type { Delta, RunSnapshot, RunSummary } from './requests.ts';

/** Between host and training server: `starting` also while the runtime is being installed (see the message). */
export type ConnectionState = 'connected' | 'starting' | 'lost';

/** Whether a finding's fix can be applied: it fits the file; it is already applied; the file has changed. */
export type FixState = 'fits' | 'applied' | 'changed';

export type HostMessage =
  | { type: 'connection'; state: ConnectionState; message?: string }
  /** All runs of the store, whenever one appears, changes or goes; also the answer to `ready`. */
  | { type: 'runs'; runs: RunSummary[] }
  | { type: 'snapshot'; snapshot: RunSnapshot }
  | { type: 'delta'; delta: Delta }
  /** State of the fixes of a run's findings, by rule: sent after its snapshot, a finding, and a change of its file. */
  | { type: 'fixes'; run: string; fixes: Record<string, FixState> }
  /** Draw exactly these runs (a command such as Compare Runs); the panel answers with `choose`. */
  | { type: 'show'; runs: string[] }
  /** A request of the panel failed: what is wrong and what to do, for the user. */
  | { type: 'problem'; message: string; run?: string };

/** One line of a file in an instruction; `number` is the line number in the file, from 1. */
export interface InstructionLine {
  number: number;
  text: string;
  mark?: 'here' | 'removed' | 'added';
}

/**
 * What a host without an editor shows instead of an editor's window: a line of a file, a fix as a diff, commands to run.
 * The browser's script handles it, never the panel.
 */
export interface Instruction {
  type: 'instruction';
  title: string;
  paragraphs: string[];
  /** Lines of a file; a gap in the numbers means omitted lines. */
  lines?: InstructionLine[];
  /** Commands for a terminal: each is shown and can be copied. */
  commands?: string[];
  /** A text to copy, and the label of its button. */
  copy?: { label: string; text: string };
  /** A file for the user to save. */
  download?: { name: string; text: string };
}

/** Messages to a page in a browser, one JSON line each. */
export type BrowserMessage = HostMessage | Instruction;

/** Messages from a page in a browser to its host; what it saves and remembers stays in the browser. */
export type PageMessage = Exclude<PanelMessage, { type: 'save' | 'remember' }>;

export type PanelMessage =
  /** The panel listens. Sent again when there was no answer and the user retries. */
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
  /** Train the run's fixed copy, to prove the fix of this rule. */
  | { type: 'prove'; run: string; rule: string }
  /** Let the user choose where to save this text; `name` is a proposal. */
  | { type: 'save'; name: string; mime: 'text/csv' | 'image/svg+xml'; text: string }
  /** The view of the panel; passed to the next page (`panelHtml`'s `saved`) once this panel has been closed. */
  | { type: 'remember'; saved: unknown }
  /** Train a run file; `newRunFile`: write one first. */
  | { type: 'train' | 'newRunFile' }
  /** Restart the training server, or reconnect to it, after `lost`. */
  | { type: 'reconnect' };
