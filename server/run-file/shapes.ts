import { isWeighted, type Layer, type NetworkConfig } from '../domain/config.ts';
import { kindOf } from '../domain/layers/kinds.ts';
import { placeLayers } from '../domain/network/network.ts';
import { short } from '../domain/numbers/format.ts';
import { pathOf, type SourcePath } from '../domain/origin.ts';
import { mapSize, size } from '../domain/shapes/size.ts';
import type { Conflict } from './mistake.ts';

/** Neither engine can hold a larger array (its length is a signed 32-bit number there). */
const largestArray = 2_147_483_647;

/** Follow the maps through the layers; the first impossible one ends the walk, since no shape is known after it. */
export function shapeConflicts(network: NetworkConfig): Conflict[] {
  const { placed, misfit } = placeLayers(network);
  const placeOf = ({ origin, type }: Layer): SourcePath => {
    const entry = pathOf(origin) ?? [];
    const decisive = kindOf({ type }).written?.decisive;
    return entry[1] === 'layers' && decisive !== undefined ? [...entry, type, decisive] : entry;
  };
  for (const { layer, output, parameters } of placed) {
    const weights = isWeighted(layer) ? Math.max(...parameters.map(({ shape }) => size(shape))) : 0;
    const largest = Math.max(weights, mapSize(output));
    if (largest > largestArray) {
      const what = weights > largestArray ? 'weights' : 'outputs for one example';
      const message = `\`${layer.name}\` would have ${short(largest)} ${what}; the most is ${short(largestArray)}. Make the layer or its map smaller.`;
      return [{ path: placeOf(layer), message }];
    }
  }
  return misfit ? [{ path: placeOf(misfit.layer), message: sentence(misfit.problem) }] : [];
}

const sentence = (problem: string): string => `${problem.charAt(0).toUpperCase()}${problem.slice(1)}.`;
