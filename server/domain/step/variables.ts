/** The variables of a network and of its optimiser: the same order in every program, on every engine and in checkpoints. */
import type { Network } from '../network/network.ts';
import { type Optimizer, stateName } from '../optimizers/optimizer.ts';
import type { Builder } from '../program/builder.ts';
import type { Value, Variable } from '../program/operation.ts';

type Arrays = Pick<Network, 'parameters' | 'tracked'>;

/** The variables of the trained network: learned ones, then tracked ones. */
export const networkVariables = ({ parameters, tracked }: Arrays): Variable[] => [
  ...parameters.map(({ name, shape }): Variable => ({ name, shape, kind: 'learned' })),
  ...tracked.map(({ name, shape }): Variable => ({ name, shape, kind: 'tracked' })),
];

/** All variables of a run, in the order of its checkpoints: the network's, then the optimiser's, array by array. */
export const variablesOf = (network: Arrays, { states }: Optimizer): Variable[] => [
  ...networkVariables(network),
  ...states.flatMap((state) =>
    network.parameters.map(({ name, shape }): Variable => ({ name: stateName(state, name), shape, kind: 'state' })),
  ),
];

/** Declares variables in their order; returns them by name. */
export const declare = (b: Builder, variables: readonly Variable[]): ReadonlyMap<string, Variable> =>
  new Map(variables.map((variable) => [variable.name, b.variable(variable)]));

/** Reads each of the network's variables once, before the update. */
export function reader(b: Builder, network: Network): (name: string) => Value {
  const variables = declare(b, networkVariables(network));
  const values = new Map<string, Value>();
  return (name) => {
    const variable = variables.get(name);
    if (!variable) throw new Error(`the network has no ${name}`);
    const value = values.get(name) ?? b.read(variable);
    values.set(name, value);
    return value;
  };
}
