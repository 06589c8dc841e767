/** The values of a run's variables: initial values, and the list for a checkpoint. */
import type { OptimizerConfig } from '../domain/config.ts';
import { initialParameters } from '../domain/network/initialization.ts';
import type { Network } from '../domain/network/network.ts';
import { optimizerOf } from '../domain/optimizers/optimizers.ts';
import type { Variable } from '../domain/program/operation.ts';
import { size } from '../domain/shapes/size.ts';
import { variablesOf } from '../domain/step/variables.ts';

/** A variable with its numbers. */
export interface VariableValue extends Pick<Variable, 'kind' | 'shape'> {
  readonly data: Float32Array;
}

/** By name, in the order of a checkpoint, which its hash depends on. */
export type VariableValues = ReadonlyMap<string, VariableValue>;

/** A network and its optimiser. */
export interface Owner {
  readonly network: Network;
  readonly optimizer: OptimizerConfig;
}

/** The variables of a run with an engine's values. Throws if one is missing. */
export const variableValues = (
  { network, optimizer }: Owner,
  values: ReadonlyMap<string, Float32Array>,
): VariableValues =>
  new Map(
    variablesOf(network, optimizerOf(optimizer)).map(({ name, shape, kind }) => {
      const data = values.get(name);
      if (!data) throw new Error(`the engine has no ${name}`);
      return [name, { shape, kind, data }];
    }),
  );

/** The variables of the trained network: the optimiser's state is useful only for the next step. */
export const ofNetwork = (variables: VariableValues): VariableValues =>
  new Map([...variables].filter(([, { kind }]) => kind !== 'state'));

/**
 * Every variable at step 0, by name: parameters drawn by their rules or read from a file (`stored`), tracked arrays as their
 * layer initialises them, zeros for the optimiser.
 */
export function initialVariables(
  { network, optimizer }: Owner,
  { seed, stored }: { seed: number; stored?: ReadonlyMap<string, Float32Array> | undefined },
): Map<string, Float32Array> {
  const starts = new Map(network.tracked.map(({ name, start }) => [name, start]));
  const parameters = initialParameters(network, seed, stored);
  return new Map(
    variablesOf(network, optimizerOf(optimizer)).map(({ name, shape }) => [
      name,
      parameters.get(name) ?? new Float32Array(size(shape)).fill(starts.get(name) ?? 0),
    ]),
  );
}
