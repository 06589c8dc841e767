import type { Layer, MapShape, NetworkConfig, WeightedLayer } from '../config.ts';
import { IMAGES, isWeighted } from '../config.ts';
import { kindOf } from '../layers/kinds.ts';
import type { Parameter, PlacedLayer, TrackedArray } from '../layers/layer-kind.ts';
import { pathOf, type SourcePath } from '../origin.ts';
import { mapSize, size } from '../shapes/size.ts';

/** A network with every shape known. */
export interface Network {
  readonly input: MapShape;
  readonly classes: number;
  /** Ordered so that each follows its inputs; the last one's output is the network's. */
  readonly layers: readonly PlacedLayer[];
  /** All parameters in order of depth: weights, bias, slope of each weighted layer. */
  readonly parameters: readonly Parameter[];
  /** The layers' running statistics, in order of depth. */
  readonly tracked: readonly TrackedArray[];
}

export type PlacedWeightedLayer = PlacedLayer<WeightedLayer>;

/** The layers that depth counts: convolutions and dense layers, in order. */
export const weightedLayers = (network: Network): PlacedWeightedLayer[] =>
  network.layers.filter((placed): placed is PlacedWeightedLayer => isWeighted(placed.layer));

/** The place in a run file that sets the number of logits. */
export function logitsSource(network: Network): SourcePath {
  const last = weightedLayers(network).at(-1)?.layer;
  return (last && pathOf(last.origin, last.type, kindOf(last).outputs ?? 'units')) ?? ['network'];
}

/** Fan-in n = k²c and fan-out n̂ = k²d of a weighted layer (paper, section 2.2). */
export function fans(placed: PlacedWeightedLayer): { fanIn: number; fanOut: number } {
  const own = kindOf(placed.layer).fans?.(placed);
  if (!own) throw new Error(`${placed.layer.name} has no weights`);
  return own;
}

/** A layer that does not fit, with the reason as a sentence. */
export interface Misfit {
  readonly layer: Layer;
  readonly problem: string;
}

/** Places the layers up to the first that does not fit: after it no shape is known. */
export function placeLayers({ input, layers }: NetworkConfig): { placed: PlacedLayer[]; misfit?: Misfit } {
  const positions = new Map([[IMAGES, -1]]);
  const placed: PlacedLayer[] = [];
  for (const layer of layers) {
    const inputs = layer.inputs?.map((name) => positions.get(name)) ?? [placed.length - 1];
    const [first, ...others] = inputs.map((position) => {
      if (position === undefined) throw new Error(`${layer.name} takes the output of a layer that is not before it`);
      return { position, map: placed[position]?.output ?? input };
    });
    if (!first) throw new Error(`${layer.name} takes nothing`);
    const kind = kindOf(layer);
    const result = kind.shape(layer, [first.map, ...others.map(({ map }) => map)]);
    if ('problem' in result) return { placed, misfit: { layer, problem: result.problem } };
    positions.set(layer.name, placed.length);
    placed.push({
      layer,
      inputs: [first.position, ...others.map(({ position }) => position)],
      input: first.map,
      output: result.shape,
      parameters: kind.parameters(layer, first.map),
      tracked: kind.tracked?.(layer, first.map) ?? [],
    });
  }
  return { placed };
}

/**
 * Places all layers. A configuration that was read from a run file always fits; throws the layer's problem for
 * any other.
 */
export function placeNetwork(config: NetworkConfig): Network {
  const { placed: layers, misfit } = placeLayers(config);
  if (misfit) throw new Error(misfit.problem);
  const parameters = layers.flatMap((placed) => placed.parameters);
  const tracked = layers.flatMap((placed) => placed.tracked);
  const classes = mapSize(layers.at(-1)?.output ?? config.input);
  return { input: config.input, classes, layers, parameters, tracked };
}

/** Whether every layer takes the output of the one before it, and of no other. */
export const isChain = ({ layers }: Network): boolean =>
  layers.every(({ inputs }, i) => inputs.length === 1 && inputs[0] === i - 1);

/** Learned numbers of a layer. */
export const layerParameters = ({ parameters }: PlacedLayer): number =>
  parameters.reduce((sum, parameter) => sum + size(parameter.shape), 0);

/** Total learned numbers. */
export const parameterCount = (network: Network): number =>
  network.layers.reduce((sum, placed) => sum + layerParameters(placed), 0);

/** Multiply-adds of a weighted layer in one forward pass of one example: every output has a product for each of its inputs. */
export const layerMultiplyAdds = (placed: PlacedWeightedLayer): number => mapSize(placed.output) * fans(placed).fanIn;

/** Multiply-adds of all convolutions and dense layers, as the paper's Table 3 counts. */
export const multiplyAdds = (network: Network): number =>
  weightedLayers(network).reduce((sum, placed) => sum + layerMultiplyAdds(placed), 0);
