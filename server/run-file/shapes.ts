import { isWeighted, type Layer, type MapShape, type SourcePath } from '../domain/config.ts';
import { outputShape } from '../domain/network/shape.ts';
import { short } from '../domain/numbers/format.ts';
import { mapSize } from '../domain/shapes/size.ts';
import type { Conflict } from './layers.ts';

/** An array of more numbers can't be held by either engine (its length is a signed 32-bit number there). */
const largestArray = 2_147_483_647;

/** The key of an entry that decides whether its shape is possible. */
const decisive: Readonly<Record<Layer['type'], string>> = {
  conv: 'kernel',
  dense: 'units',
  max_pool: 'size',
  average_pool: 'size',
  spp: 'bins',
  global_average_pool: 'global_average_pool',
};

/** Follow the map through the layers; the first impossible one ends the walk, since no shape is known after it. */
export function shapeConflicts(input: MapShape, layers: readonly Layer[]): Conflict[] {
  let map = input;
  for (const layer of layers) {
    const path: SourcePath =
      layer.source[1] === 'layers' ? [...layer.source, layer.type, decisive[layer.type]] : layer.source;
    const result = outputShape(layer, map);
    if ('problem' in result) return [{ path, message: sentence(result.problem) }];
    const weights = isWeighted(layer) ? result.shape[2] * weightsPerOutput(layer, map) : 0;
    const largest = Math.max(weights, mapSize(result.shape));
    if (largest > largestArray) {
      const what = weights > largestArray ? 'weights' : 'outputs for one example';
      const message = `\`${layer.name}\` would have ${short(largest)} ${what}; at most ${short(largestArray)} can be held. Make the layer or its map smaller.`;
      return [{ path, message }];
    }
    map = result.shape;
  }
  return [];
}

const weightsPerOutput = (layer: Layer, input: MapShape): number =>
  layer.type === 'conv' ? layer.kernel ** 2 * input[2] : mapSize(input);

const sentence = (problem: string): string => `${problem.charAt(0).toUpperCase()}${problem.slice(1)}.`;
