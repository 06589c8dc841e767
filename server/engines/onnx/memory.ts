/** The arrays that the engine and its threads work on. */
import type { Parameter } from '../../domain/layers/layer-kind.ts';
import type { Network } from '../../domain/network/network.ts';
import { type Optimizer, stateName } from '../../domain/optimizers/optimizer.ts';
import type { Program, Variable } from '../../domain/program/operation.ts';
import { size } from '../../domain/shapes/size.ts';
import { dropoutLayers, gradientName, statisticsName } from '../../domain/step/step.ts';
import { variablesOf } from '../../domain/step/variables.ts';
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

/** A variable, wherever it is used. */
type VariableMemory = Variable & Floats;

/** A parameter, and the optimiser's state for it. */
export interface ParameterMemory extends Parameter {
  readonly weights: VariableMemory;
  readonly states: readonly VariableMemory[];
}

/** Of the whole batch. */
export interface WholeMemory {
  /** In the order of a checkpoint. */
  readonly variables: readonly VariableMemory[];
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

/** `part`: the program of a part with this many examples. */
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

export function wholeMemory(
  network: Network,
  { optimizer, threads }: { optimizer: Optimizer; threads: number },
): WholeMemory {
  const variables = variablesOf(network, optimizer).map((variable) => ({ ...variable, ...floats(variable.shape) }));
  const byName = new Map(variables.map((variable) => [variable.name, variable]));
  const of = (name: string): VariableMemory => {
    const variable = byName.get(name);
    if (!variable) throw new Error(`${name} is not a variable`);
    return variable;
  };
  const parameters = network.parameters.map((parameter) => ({
    ...parameter,
    weights: of(parameter.name),
    states: optimizer.states.map((state) => of(stateName(state, parameter.name))),
  }));
  const squares = () => new Float64Array(new SharedArrayBuffer(8 * parameters.length * SQUARES.length));
  return { variables, parameters, squares: Array.from({ length: threads }, squares) };
}
