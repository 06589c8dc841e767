import type { Initialization } from '../config.ts';
import { slopeOf } from '../layers/rectifier.ts';
import { RandomStream } from '../random/stream.ts';
import { size } from '../shapes/size.ts';
import { fans, type Network, type PlacedWeightedLayer } from './network.ts';

/** The variance of a weight under an initialisation, before the common factor of all layers. */
function variance(init: Exclude<Initialization, { kind: 'from' }>, placed: PlacedWeightedLayer): number {
  if (init.kind === 'gaussian') return init.std ** 2;
  const { fanIn, fanOut } = fans(placed);
  const fan = init.mode === 'fan_in' ? fanIn : fanOut;
  if (init.kind === 'xavier') return 1 / fan;
  // ½(1 + a²)·n·Var[w] = 1 (paper, equations 10, 14 and 15); a = 1, no rectifier, is the linear case.
  return 2 / ((1 + slopeOf(placed.layer.activation) ** 2) * fan);
}

/** Standard deviation of a layer's weights at initialisation, under its own rule or another one. */
export function weightStd(placed: PlacedWeightedLayer, init: Initialization = placed.layer.init): number {
  if (init.kind === 'from') {
    if (init.std === undefined) throw new Error(`the weights of ${placed.layer.name} have not been read`);
    return init.std;
  }
  return Math.sqrt(variance(init, placed)) * (init.scale ?? 1);
}

/**
 * Every parameter at step 0, by name: exact Gaussians for weights, zeros for biases, a PReLU's starting slope; and for layers
 * whose weights come from a file, the file's arrays. `stored`: those arrays, by name.
 */
export function initialParameters(
  network: Network,
  seed: number,
  stored: ReadonlyMap<string, Float32Array> = new Map(),
): Map<string, Float32Array> {
  const values = new Map<string, Float32Array>();
  for (const placed of network.layers)
    for (const { name, role, shape } of placed.parameters) {
      const { layer } = placed as PlacedWeightedLayer;
      const given = stored.get(name);
      if (given) {
        values.set(name, Float32Array.from(given));
        continue;
      }
      const array = new Float32Array(size(shape));
      if (role === 'weight') {
        if (layer.init.kind === 'from') throw new Error(`the file has no ${name}`);
        const std = weightStd(placed as PlacedWeightedLayer);
        const stream = new RandomStream({ seed, purpose: 'initialization', name });
        for (let i = 0; i < array.length; i++) array[i] = std * stream.gaussian();
      } else if (role === 'slope') array.fill(slopeOf(layer.activation));
      values.set(name, array);
    }
  return values;
}
