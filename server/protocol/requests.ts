/**
 * The requests of a client to the training server, one line each, beside their types. The channel is vscode-jsonrpc over
 * a Unix socket (a named pipe on Windows) that only the user can open; both ends read this file.
 */
import { NotificationType, RequestType, RequestType0 } from 'vscode-jsonrpc';
import type {
  Backend,
  Device,
  EvaluationEvent,
  FindingEvent,
  NoticeEvent,
  ProofEvent,
  RunEvent,
  RunState,
  StartedEvent,
} from './events.ts';
import type { StoreHealth } from './health.ts';
import type { Packed, Scalar } from './scalar.ts';

/** Raised whenever a message changes its meaning; a server and a client of different versions refuse to connect. */
export const PROTOCOL_VERSION = 2;

export interface ServerStatus {
  /** The value of \`RECTISCOPE_RUNTIME\` when it was started; its trainers inherit it. */
  runtime?: string;
  protocol: number;
  version: string;
  pid: number;
  node: string;
  sqlite: string;
  /** Folder of the store. */
  home: string;
  /** Which folder that is (`folderIdentity`); a server whose folder is no longer there answers nothing. Absent in older versions. */
  folder?: string;
  socket: string;
  running: string[];
  queued: string[];
  clients: number;
  /** What keeps it, or the run that is running, from being written to the disk; absent where nothing does. */
  trouble?: string;
  uptime_seconds: number;
}

export interface TrainParams {
  /** Absolute path of the run file, and its text as it is now (unsaved edits of an editor included). */
  file: string;
  text: string;
  /** `--set key=value`, in order; already applied to `text` if possible, kept for the record. */
  overrides: string[];
  backend: Backend | 'auto';
  device: Device | 'auto';
}

/** One run as a list shows it. */
export interface RunSummary {
  run: string;
  name: string;
  state: RunState;
  step: number;
  /** Total steps; 0 until the run has started. */
  steps: number;
  epoch: number;
  backend?: Backend;
  device?: Device;
  file: string;
  /** ISO 8601. */
  created: string;
  started?: string;
  ended?: string;
  seconds: number;
  loss?: Scalar;
  top1?: number;
  top5?: number;
  best?: { top1: number; step: number };
  findings: number;
  /** How many of them have ended; absent if none has. */
  recovered?: number;
  /** Message of the end, if the state alone does not explain it. */
  message?: string;
  /** Set by the user. */
  note: string;
  tags: string[];
  starred: boolean;
}

/** Series of one number per step, column by column. */
export interface StepColumns {
  step: Packed;
  epoch: Packed;
  loss: Packed;
  top1: Packed;
  learning_rate: Packed;
  step_ms: Packed;
}

/** All probes of a run: `values` is [probe][layer][quantity], flat; NaN if a layer or a probe lacks a quantity. */
export interface ProbeColumns {
  layers: string[];
  /** The names by which a quantity is found (`probe-table.ts`): those of the server's version. */
  quantities: string[];
  step: Packed;
  values: Packed;
}

/** One probe: `values` is [layer][quantity], flat, as in `ProbeColumns`. */
export interface ProbeRow {
  step: number;
  values: Packed;
}

/** What an editor shows beside the layers of a run file: a run's first and last probe, and the text that was trained. */
export interface ProbeEnds {
  text: string;
  layers: string[];
  quantities: string[];
  /** Absent before the first probe; equal to `first` if there is only one. */
  first?: ProbeRow;
  last?: ProbeRow;
}

/** Everything a view needs to draw a run; `sequence` is that of the last event in it. */
export interface RunSnapshot {
  sequence: number;
  summary: RunSummary;
  /** The run file as it was written when the run was queued. */
  text: string;
  started?: StartedEvent;
  steps: StepColumns;
  probes: ProbeColumns;
  evaluations: EvaluationEvent[];
  findings: FindingEvent[];
  notices: NoticeEvent[];
  /** The latest of each rule. */
  proofs: ProofEvent[];
  checkpoint?: { step: number; file: string; weights_hash: string };
}

export interface RunParams {
  /** An id, a unique prefix of one, or a name (the latest run of that name). */
  run: string;
}

/** An event and its sequence number. A view that sees a gap in `sequence` requests a snapshot again. */
export interface Delta {
  run: string;
  sequence: number;
  event: RunEvent;
  summary: RunSummary;
}

export const Hello = new RequestType<{ protocol: number }, ServerStatus, void>('hello');
export const Train = new RequestType<TrainParams, RunSummary, void>('train');
export const Runs = new RequestType0<RunSummary[], void>('runs');
/** Snapshot, and from then on `DeltaNotification` for this run to this client, without a gap. */
export const Subscribe = new RequestType<RunParams, RunSnapshot, void>('subscribe');
export const Unsubscribe = new RequestType<RunParams, null, void>('unsubscribe');
export const Show = new RequestType<RunParams, RunSnapshot, void>('show');
/** Reads two probes of a run, however long it is: may be called every second. */
export const FirstAndLastProbe = new RequestType<RunParams, ProbeEnds, void>('firstAndLastProbe');
/** Makes the trainer write a checkpoint and end; answers once the run has its final state. */
export const Stop = new RequestType<RunParams, RunSummary, void>('stop');
/** Continues from the last checkpoint; `epochs` extends a run by as many; `workers` are the machines from now on (none: this one). */
export const Resume = new RequestType<RunParams & { epochs?: number; workers?: string[] }, RunSummary, void>('resume');
/** For a run only the fixed copy is trained, for a file both sides. `rule`: the fix of this rule. */
export type ProveParams = { rule?: string } & (RunParams | Omit<TrainParams, 'overrides'>);
export interface Proving {
  proof: ProofEvent;
  /** The run, and its fixed copy. */
  runs: [RunSummary, RunSummary];
}
/** Trains the fixed copy; answers once it is queued. The verdict comes as a `proof` event of the run, and is kept with it. */
export const Prove = new RequestType<ProveParams, Proving, void>('prove');
/** A user's annotations of a run; absent fields are not changed. `tags` are all of its tags. */
export type Annotation = Partial<Pick<RunSummary, 'name' | 'note' | 'tags' | 'starred'>>;
export const Annotate = new RequestType<RunParams & Annotation, RunSummary, void>('annotate');
/** Answers with the removed run. */
export const Remove = new RequestType<RunParams, RunSummary, void>('remove');
/** The health of the store; servers of older versions do not have it. */
export const Health = new RequestType0<StoreHealth, void>('health');
/** Stops the server; running runs continue when it restarts. Answers with the process that ends; older servers answer null. */
export const Shutdown = new RequestType0<{ pid: number } | null, void>('shutdown');

/** To clients that are subscribed to the run. */
export const DeltaNotification = new NotificationType<Delta>('delta');
/** To every client, whenever a run appears, changes state, or is removed; at most a few times a second for progress. */
export const RunsChanged = new NotificationType<{ runs: RunSummary[] }>('runsChanged');
