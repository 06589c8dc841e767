import type { Layer, MapShape, NetworkConfig, WeightedLayer } from '../config.ts';
import { isWeighted } from '../config.ts';
import { kindOf } from '../layers/kinds.ts';
import type { Parameter, PlacedLayer } from '../layers/layer-kind.ts';
import { pathOf, type SourcePath } from '../origin.ts';
import { mapSize, size } from '../shapes/size.ts';

/** A network with every shape known. */
export interface Network {
  readonly input: MapShape;
  readonly classes: number;
  readonly layers: readonly PlacedLayer[];
  /** All parameters in order of depth: weights, bias, slope of each weighted layer. */
  readonly parameters: readonly Parameter[];
}

export type PlacedWeightedLayer = PlacedLayer<WeightedLayer>;

/** The layers that depth counts: convolutions and dense layers, in order. */
export const weightedLayers = (network: Network): PlacedWeightedLayer[] =>
  network.layers.filter((placed): placed is PlacedWeightedLayer => isWeighted(placed.layer));

/** Where a run file says how many logits there are. */
export function logitsSource(network: Network): SourcePath {
  const last = weightedLayers(network).at(-1)?.layer;
  return (last && pathOf(last.origin, last.type, last.type === 'dense' ? 'units' : 'filters')) ?? ['network'];
}

/** Fan-in n = k²c and fan-out n̂ = k²d of a weighted layer (paper, section 2.2). */
export function fans(placed: PlacedWeightedLayer): { fanIn: number; fanOut: number } {
  const { layer, input } = placed;
  if (layer.type === 'dense') return { fanIn: mapSize(input), fanOut: layer.units };
  const area = layer.kernel * layer.kernel;
  return { fanIn: area * input[2], fanOut: area * layer.filters };
}

/**
 * Give every layer its place. A configuration that was read from a run file always fits; throws the layer's problem for
 * any other.
 */
export function placeNetwork(config: NetworkConfig): Network {
  let map = config.input;
  const layers = config.layers.map((layer): PlacedLayer => {
    const rule = kindOf<Layer>(layer);
    const result = rule.shape(layer, map);
    if ('problem' in result) throw new Error(result.problem);
    const placed = { layer, input: map, output: result.shape, parameters: rule.parameters(layer, map) };
    map = result.shape;
    return placed;
  });
  const parameters = layers.flatMap((placed) => placed.parameters);
  return { input: config.input, classes: mapSize(map), layers, parameters };
}

/** Learned numbers of a layer. */
export const layerParameters = ({ parameters }: PlacedLayer): number =>
  parameters.reduce((sum, parameter) => sum + size(parameter.shape), 0);

/** Learned numbers in all. */
export const parameterCount = (network: Network): number =>
  network.layers.reduce((sum, placed) => sum + layerParameters(placed), 0);

/** Multiply-adds of a weighted layer in one forward pass of one example: every output has a product for each of its inputs. */
export const layerMultiplyAdds = (placed: PlacedWeightedLayer): number => mapSize(placed.output) * fans(placed).fanIn;

/** Multiply-adds of all convolutions and dense layers, as the paper's Table 3 counts. */
export const multiplyAdds = (network: Network): number =>
  weightedLayers(network).reduce((sum, placed) => sum + layerMultiplyAdds(placed), 0);
