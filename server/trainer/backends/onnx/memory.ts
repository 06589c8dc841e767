/** The arrays that the engine and its threads work on. */
import { type Network, parameterCount } from '../../../domain/network/network.ts';
import { size } from '../../../domain/network/size.ts';
import type { Program, Variable } from '../../../domain/program/operation.ts';
import { dropoutLayers } from '../../../domain/program/step.ts';
import type { SharedTensor } from './task.ts';

type Floats = SharedTensor & { readonly data: Float32Array };
type Integers = SharedTensor & { readonly data: Int32Array };

/** Of one part of a batch. */
export interface PartMemory {
  readonly examples: number;
  readonly images: Floats;
  readonly labels: Integers;
  /** By layer. */
  readonly dropoutMasks: ReadonlyMap<string, Floats>;
  readonly loss: Floats;
  readonly logits: Floats;
  readonly gradients: Floats;
  readonly statistics: Floats;
}

/** Of the whole batch. */
export interface WholeMemory {
  readonly variables: readonly Variable[];
  /** Parameters, which come first, and velocities, flat; a step reads one of the two and writes the other. */
  readonly state: readonly [Floats, Floats];
  readonly learningRate: Floats;
  readonly probe: Floats;
}

const floats = (shape: readonly number[]): Floats => ({
  shape,
  data: new Float32Array(new SharedArrayBuffer(4 * size(shape))),
});

const integers = (shape: readonly number[]): Integers => ({
  shape,
  data: new Int32Array(new SharedArrayBuffer(4 * size(shape))),
});

/** The shape of what a program is asked for. */
const shapeOf = ({ fetches }: Program, name: string): readonly number[] => fetches.get(name)?.shape ?? [0];

/** `part`: the program of a part, of any size. */
export const partMemory = (network: Network, examples: number, part: Program): PartMemory => ({
  examples,
  images: floats([examples, ...network.input]),
  labels: integers([examples]),
  dropoutMasks: new Map(dropoutLayers(network).map(({ name, units }) => [name, floats([examples, units])])),
  loss: floats([]),
  logits: floats([examples, network.classes]),
  gradients: floats([parameterCount(network)]),
  statistics: floats(shapeOf(part, 'statistics')),
});

export function wholeMemory(update: Program): WholeMemory {
  const length = update.variables.reduce((sum, { shape }) => sum + size(shape), 0);
  return {
    variables: update.variables,
    state: [floats([length]), floats([length])],
    learningRate: floats([]),
    probe: floats(shapeOf(update, 'probe')),
  };
}
