/** What the engine and its workers share: one part of a batch, its arrays in shared memory, and the messages. */
import type { SessionOptions } from './session.ts';

/** Arrays of one part. All are views of shared memory: nothing is copied between the threads. */
export interface PartMemory {
  /** Parameters and velocities, flat; the step reads one of the two and writes the other. */
  readonly variables: readonly [Float32Array, Float32Array];
  readonly images: Float32Array;
  readonly labels: Int32Array;
  readonly dropoutMasks: readonly { readonly layer: string; readonly units: number; readonly data: Float32Array }[];
  readonly loss: Float32Array;
  readonly logits: Float32Array;
  readonly gradients: Float32Array;
  readonly statistics: Float32Array;
}

/** A worker's start: the ONNX models of its part, and its memory. */
export interface PartData {
  readonly examples: number;
  /** [height, width, channels]. */
  readonly input: readonly number[];
  readonly classes: number;
  /** Numbers in `variables` that are parameters; they come first. */
  readonly parameters: number;
  readonly session: SessionOptions;
  readonly models: Readonly<Record<PartTask, Uint8Array>>;
  readonly memory: PartMemory;
}

/** `step`: loss, logits, gradients; `probe`: statistics too; `evaluate`: logits in test mode. */
export type PartTask = 'step' | 'probe' | 'evaluate';

export interface PartRequest {
  readonly task: PartTask;
  /** Which of the two `variables` is current. */
  readonly current: 0 | 1;
}

export type PartReply = { readonly done: true } | { readonly failed: string };
