/** What the engine and its threads share: models to be run over and over, on arrays in shared memory. */
import type { SessionOptions } from './session.ts';

/** An array in shared memory, and its shape as a tensor: nothing is copied between the threads. */
export interface SharedTensor {
  readonly data: Float32Array | Int32Array;
  readonly shape: readonly number[];
}

/** The arrays of a model's inputs and outputs, by name. */
export interface Bindings {
  readonly feeds: Readonly<Record<string, SharedTensor>>;
  readonly fetches: Readonly<Record<string, SharedTensor>>;
}

/** A model that a thread runs. */
export interface Task {
  readonly model: Uint8Array;
  readonly session: SessionOptions;
  /** Which to take: a step reads one of two states of the variables, and writes the other. */
  readonly bindings: readonly [Bindings, Bindings];
}

/** To a thread. A failure of `prepare` is told by `run`. */
export type ToThread =
  | { readonly prepare: string; readonly task: Task }
  | { readonly run: string; readonly current: 0 | 1 };

/** The answer to `run`. */
export type FromThread = { readonly done: true } | { readonly failed: string };
