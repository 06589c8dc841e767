/** The variables of a run: its parameters, and the velocity of each. */
import { initialParameters } from '../domain/network/initialization.ts';
import type { Network } from '../domain/network/network.ts';
import { size } from '../domain/shapes/size.ts';
import { velocityName } from '../domain/step/step.ts';

/** Shape of every variable by name, in the order of a checkpoint. */
export function variableShapes(network: Network): Map<string, readonly number[]> {
  const parameters = network.parameters.map(({ name, shape }) => [name, shape] as const);
  const velocities = network.parameters.map(({ name, shape }) => [velocityName(name), shape] as const);
  return new Map([...parameters, ...velocities]);
}

/** Parameters as their rules draw them or a file has them (`stored`), velocities at rest. */
export function initialVariables(
  network: Network,
  seed: number,
  stored?: ReadonlyMap<string, Float32Array>,
): Map<string, Float32Array> {
  const values = initialParameters(network, seed, stored);
  for (const [name, shape] of variableShapes(network))
    if (!values.has(name)) values.set(name, new Float32Array(size(shape)));
  return values;
}

/** An engine's variables with their shapes, in the order of a checkpoint. Throws where one is missing. */
export const shapedVariables = (
  network: Network,
  values: ReadonlyMap<string, Float32Array>,
): Map<string, { readonly shape: readonly number[]; readonly data: Float32Array }> =>
  new Map(
    [...variableShapes(network)].map(([name, shape]) => {
      const data = values.get(name);
      if (!data) throw new Error(`the engine has no ${name}`);
      return [name, { shape, data }];
    }),
  );
