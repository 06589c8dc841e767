/**
 * An optimiser: its settings, the arrays that it keeps for every parameter, and its update, twice: as operations of a
 * program, and as a loop over flat arrays in place. A new one is one file that exports this, and a line in `optimizers.ts`.
 */
import type { Builder } from '../program/builder.ts';
import type { Operation, Value, Variable } from '../program/operation.ts';

/** What is known about a step before it is computed. */
export interface StepRate {
  /** Learning rate η. */
  readonly rate: number;
  /** Number of the step, from 1. */
  readonly step: number;
}

/** A parameter whose update is emitted. */
export interface ParameterUpdate {
  readonly variable: Variable;
  /** Of this parameter, in the order of `states`. */
  readonly states: readonly Variable[];
  /** The parameter's value from before the update. */
  readonly before: Value;
  /** ∂E/∂w of the whole batch. */
  readonly gradient: Value;
  /** Weight decay λ; 0 for what does not decay. */
  readonly decay: number;
}

export interface EmittedUpdate {
  /** The effect after which the parameter and its states are updated. */
  readonly effect: Operation;
  /** Emits Δw of this step. */
  readonly change: () => Value;
}

/** Arrays of one length, all of the same parameter. */
export interface FlatArrays {
  readonly weights: Float32Array;
  /** In the order of `states`. */
  readonly states: readonly Float32Array[];
  /** ∂E/∂w of the whole batch; may be written over. */
  readonly gradient: Float32Array;
  /** Weight decay λ; 0 for what does not decay. */
  readonly decay: number;
}

/** Numbers of an array from `begin` up to, but not with, `end`. */
export interface Range {
  readonly begin: number;
  readonly end: number;
}

export interface Optimizer {
  /**
   * For people (`momentum: 0.9`), and for the hash of a configuration, which decides whether a checkpoint may be resumed: no
   * two optimisers may have the same.
   */
  readonly settings: Readonly<Record<string, string | number>>;
  /** Names of the arrays that it keeps for every parameter, each of the parameter's shape; zeros at step 0. */
  readonly states: readonly string[];
  /** Scalars that a program is fed at every step for the update, by name, and their values: computed on the host, in double precision. */
  readonly inputs: Readonly<Record<string, (at: StepRate) => number>>;
  /** Emits what all parameters share; the result emits the update of one of them. `input`: a scalar of `inputs`. */
  emitter(b: Builder, input: (name: string) => Value): (parameter: ParameterUpdate) => EmittedUpdate;
  /**
   * The same update of a range of flat arrays, in place. Returns the array that holds Δw there until the next update: probes
   * take its norm.
   */
  move(arrays: FlatArrays, at: StepRate, range: Range): Float32Array;
  /** Change of a weight per step under a constant gradient of 1 in the long run, at a learning rate of η. */
  effectiveRate(rate: number): number;
  /** The learning rate with this `effectiveRate`. */
  rateOf(effective: number): number;
}

/** The variable name of an optimiser's array of a parameter. */
export const stateName = (state: string, parameter: string): string => `${state}/${parameter}`;

/** Values of an optimiser's scalars at a step, by name. */
export const inputsAt = ({ inputs }: Optimizer, at: StepRate): [name: string, value: number][] =>
  Object.entries(inputs).map(([name, valueAt]) => [name, valueAt(at)]);

/** Its text in messages: `momentum 0.9`. */
export const describeOptimizer = ({ settings }: Optimizer): string =>
  Object.entries(settings)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
