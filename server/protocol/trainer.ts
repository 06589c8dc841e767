/**
 * What the server and one trainer say to each other over the IPC channel of `child_process` (advanced serialisation).
 * The trainer's standard output and error are never a message channel: native libraries print there.
 *
 * A trainer never has a checkpoint on disk whose past is not in the store: it asks for a `commit` and waits for
 * `committed` before it renames a checkpoint into place. On its first words after a (re)start it says `rewind` to the step
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
  /** Step of the last row in the store: a checkpoint of a later step is passed over (its past was lost). 0: start again. */
  storedStep: number;
  /** Epochs to add to what the run file says (`resume --epochs`), in all. */
  extraEpochs: number;
  /** The last step at which an end of this run was told, 0 for none: a rule that stopped it there was overruled by who resumed it. */
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

/** Forget every row of a step later than this one; answered like `commit`. */
export interface RewindMessage {
  type: 'rewind';
  id: number;
  step: number;
}

/** The run cannot continue (bad data, no backend, a worker gone): the last thing a trainer says. A restart would not help. */
export interface FailedMessage {
  type: 'failed';
  /** For the user: what is wrong and what to do. */
  message: string;
  /** For the log. */
  detail: string;
  /** The run's state from now on, `failed` where absent; `interrupted`: the fault is not its own, such as a worker that is gone. */
  state?: 'failed' | 'interrupted';
}

export type FromTrainer = EventsMessage | CommitMessage | RewindMessage | FailedMessage;
