/**
 * The messages between the server and one trainer over the IPC channel of `child_process` (advanced serialisation).
 * The trainer's standard output and error are never a message channel: native libraries print there.
 *
 * A trainer never has a checkpoint on disk whose past is not in the store: it asks for a `commit` and waits for
 * `committed` before it renames a checkpoint into place. After a (re)start it first sends `rewind` to the step
 * that it continues from; the server then drops every row of a later step, so no step is ever stored twice.
 */
import type { Backend, Device, RunEvent } from './events.ts';

export interface StartMessage {
  type: 'start';
  run: string;
  /** The run file as it was queued. */
  file: string;
  text: string;
  backend: Backend | 'auto';
  device: Device | 'auto';
  /** Folder of this run's checkpoints; exists. */
  folder: string;
  /** Step of the last row in the store: a checkpoint of a later step is skipped (its past was lost). 0: start over. */
  storedStep: number;
  /** Epochs to add to the run file's (`resume --epochs`), in total. */
  extraEpochs: number;
  /** The last step at which an end of this run was reported, 0 for none: resuming it overruled the rule that stopped it there. */
  endedStep: number;
}

/** Write a checkpoint and end as `stopped`. */
export interface StopMessage {
  type: 'stop';
}

export interface CommittedMessage {
  type: 'committed';
  id: number;
}

export type ToTrainer = StartMessage | StopMessage | CommittedMessage;

export interface EventsMessage {
  type: 'events';
  events: RunEvent[];
}

/** Everything sent before this must be on disk before the answer. */
export interface CommitMessage {
  type: 'commit';
  id: number;
}

/** Delete every row of a step later than this one; answered like `commit`. */
export interface RewindMessage {
  type: 'rewind';
  id: number;
  step: number;
}

/** The run cannot continue (bad data, no backend, a lost worker): the last message of a trainer. A restart would not help. */
export interface FailedMessage {
  type: 'failed';
  /** For the user: what is wrong and what to do. */
  message: string;
  /** For the log. */
  detail: string;
  /** The run's state from now on, `failed` if absent; `interrupted`: the cause is outside the run, such as a lost worker. */
  state?: 'failed' | 'interrupted';
}

/** It waits for something, as for room on the disk: said again while it waits, and without a reason once it goes on. */
export interface WaitingMessage {
  type: 'waiting';
  /** For the user. */
  why?: string;
}

export type FromTrainer = EventsMessage | WaitingMessage | CommitMessage | RewindMessage | FailedMessage;
