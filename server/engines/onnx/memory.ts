/** The arrays that the engine and its threads work on. */
import type { Parameter } from '../../domain/layers/layer-kind.ts';
import type { Network } from '../../domain/network/network.ts';
import type { Program } from '../../domain/program/operation.ts';
import { size } from '../../domain/shapes/size.ts';
import { dropoutLayers, gradientName, statisticsName } from '../../domain/step/step.ts';
import type { SharedTensor } from './task.ts';
import { SQUARES } from './update.ts';

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
  /** By parameter. */
  readonly gradients: ReadonlyMap<string, Floats>;
  /** By layer. */
  readonly statistics: ReadonlyMap<string, Floats>;
}

/** A parameter and its velocity. */
export interface ParameterMemory extends Parameter {
  readonly weights: Floats;
  readonly velocity: Floats;
}

/** Of the whole batch. */
export interface WholeMemory {
  readonly parameters: readonly ParameterMemory[];
  /** Each thread's sums of squares, [parameters, SQUARES], of a probed step. */
  readonly squares: readonly Float64Array[];
}

const floats = (shape: readonly number[]): Floats => ({
  shape,
  data: new Float32Array(new SharedArrayBuffer(4 * size(shape))),
});

const integers = (shape: readonly number[]): Integers => ({
  shape,
  data: new Int32Array(new SharedArrayBuffer(4 * size(shape))),
});

/** `part`: the program of a part of so many examples. */
export function partMemory(network: Network, examples: number, { fetches }: Program): PartMemory {
  const fetched = (name: string) => floats(fetches.get(name)?.shape ?? []);
  const layers = network.layers.map(({ layer }) => layer.name).filter((name) => fetches.has(statisticsName(name)));
  return {
    examples,
    images: floats([examples, ...network.input]),
    labels: integers([examples]),
    dropoutMasks: new Map(dropoutLayers(network).map(({ name, units }) => [name, floats([examples, units])])),
    loss: floats([]),
    logits: floats([examples, network.classes]),
    gradients: new Map(network.parameters.map(({ name }) => [name, fetched(gradientName(name))])),
    statistics: new Map(layers.map((name) => [name, fetched(statisticsName(name))])),
  };
}

export const wholeMemory = ({ parameters }: Network, threads: number): WholeMemory => ({
  parameters: parameters.map((parameter) => ({
    ...parameter,
    weights: floats(parameter.shape),
    velocity: floats(parameter.shape),
  })),
  squares: Array.from(
    { length: threads },
    () => new Float64Array(new SharedArrayBuffer(8 * parameters.length * SQUARES.length)),
  ),
});
