/** What the engine and its threads share: models to run repeatedly, and parameters to update, in shared memory. */
import type { OptimizerConfig } from '../../domain/config.ts';
import type { StepRate } from '../../domain/optimizers/optimizer.ts';
import type { SessionOptions } from './session.ts';
import type { Stretch } from './update.ts';

/** An array in shared memory, and its shape as a tensor: nothing is copied between the threads. */
export interface SharedTensor {
  readonly data: Float32Array | Int32Array;
  readonly shape: readonly number[];
}

/** A model that a thread runs. */
export interface Task {
  readonly model: Uint8Array;
  readonly session: SessionOptions;
  /** The arrays of the model's inputs and outputs, by name. */
  readonly feeds: Readonly<Record<string, SharedTensor>>;
  readonly fetches: Readonly<Record<string, SharedTensor>>;
}

/** What a thread updates: its range of every parameter. */
export interface Share {
  readonly optimizer: OptimizerConfig;
  readonly stretches: readonly Stretch[];
  /** The sums of squares of a probed step, [parameters, SQUARES]. */
  readonly squares: Float64Array;
}

/** To a thread. A failure of `prepare` is reported by `run`. */
export type ToThread =
  | { readonly prepare: string; readonly task: Task }
  | { readonly run: string }
  | { readonly update: StepRate; readonly probe: boolean };

/** The answer to `run` and `update`. */
export type FromThread = { readonly done: true } | { readonly failed: string };
