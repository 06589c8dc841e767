import type { Backend, Device } from '../protocol/events.ts';

/** One batch as an engine takes it. */
export interface Batch {
  /** [batch, height, width, channels], flat. */
  readonly images: Float32Array;
  /** [batch]. */
  readonly labels: Int32Array;
  /** [batch, units] of 0 and 1/(1 − p), by layer. */
  readonly dropoutMasks: ReadonlyMap<string, Float32Array>;
  readonly learningRate: number;
  /** Number of the step, from 1: some optimisers depend on it. */
  readonly step: number;
}

/** The results of a step: loss and logits from before its update. */
export interface StepOutput {
  /** Mean cross-entropy of the batch, nats. */
  readonly loss: number;
  /** [batch, classes], flat. */
  readonly logits: Float32Array;
  /** [weighted layers × PROBE_FIELDS], flat; on a probed step. */
  readonly probe?: Float32Array;
}

/** A network on a device: holds its variables, runs steps. The training loop uses nothing else of a backend. */
export interface Engine {
  readonly backend: Backend;
  readonly device: Device;
  /** Cores that a step uses. */
  readonly threads: number;
  /** Parts of a batch that are computed in parallel. */
  readonly parts: number;
  /** Store all variables (see `variablesOf`), by name. */
  assign(variables: ReadonlyMap<string, Float32Array>): Promise<void>;
  /** All variables, by name; copies. */
  read(): Promise<Map<string, Float32Array>>;
  /** Forward, backward, update. */
  step(batch: Batch, options: { probe: boolean }): Promise<StepOutput>;
  /** Logits in test mode of exactly one batch of images, [batch, classes], flat. */
  evaluate(images: Float32Array): Promise<Float32Array>;
  close(): Promise<void>;
}

/** What decides the rounding of a step, and so the bits of a run: a checkpoint keeps it, and a run continues only with the same. */
export interface PinnedEngine {
  readonly backend: string;
  readonly device: string;
  readonly parts: number;
  readonly threads: number;
  /** Name and version of the library that computes. */
  readonly library: string;
}

/** Threads that share an operation of one part. */
export const threadsOfPart = ({ parts, cores }: { parts: number; cores: number }): number =>
  Math.max(1, Math.floor(cores / parts));

/**
 * Parts of a batch to compute in parallel: one per core (measured: −12 % per step on two cores), but no fewer than eight
 * examples each, below which the matrix products are too small to pay.
 */
export const partsFor = (batch: number, cores: number): number => Math.max(1, Math.min(cores, Math.floor(batch / 8)));

/** Numbers of parts worth measuring: powers of two up to one part per core, and that number. */
export function partCandidates(batch: number, cores: number): number[] {
  const most = Math.max(1, Math.min(batch, cores));
  const powers = Array.from({ length: Math.floor(Math.log2(most)) + 1 }, (_, i) => 2 ** i);
  return [...new Set([...powers, most])];
}
