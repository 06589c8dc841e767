import type { Layer, MapShape, NetworkConfig, WeightedLayer } from '../config.ts';
import { isWeighted } from '../config.ts';
import { mapSize, outputShape } from './shape.ts';

/** What a variable holds: weight decay acts on weights only, and norms are of weights only. */
export type ParameterRole = 'weights' | 'bias' | 'slope';

/** One learned array of a layer. Conv weights are [kernel, kernel, in, out], dense weights [in, out], slopes [channels] or [1]. */
export interface Parameter {
  /** `conv1/weights`, `conv1/bias`, `conv1/slope`. */
  readonly name: string;
  readonly role: ParameterRole;
  readonly shape: readonly number[];
}

/** A layer in its place: the maps before and after it, per example. */
export interface PlacedLayer<L extends Layer = Layer> {
  readonly layer: L;
  readonly input: MapShape;
  readonly output: MapShape;
  readonly parameters: readonly Parameter[];
}

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

/** Fan-in n = k²c and fan-out n̂ = k²d of a weighted layer (paper, section 2.2). */
export function fans(placed: PlacedWeightedLayer): { fanIn: number; fanOut: number } {
  const { layer, input } = placed;
  if (layer.type === 'dense') return { fanIn: mapSize(input), fanOut: layer.units };
  const area = layer.kernel * layer.kernel;
  return { fanIn: area * input[2], fanOut: area * layer.filters };
}

function parametersOf(layer: Layer, input: MapShape): Parameter[] {
  if (!isWeighted(layer)) return [];
  const units = layer.type === 'conv' ? layer.filters : layer.units;
  const shape =
    layer.type === 'conv' ? [layer.kernel, layer.kernel, input[2], layer.filters] : [mapSize(input), layer.units];
  const parameters: Parameter[] = [{ name: `${layer.name}/weights`, role: 'weights', shape }];
  if (layer.bias) parameters.push({ name: `${layer.name}/bias`, role: 'bias', shape: [units] });
  if (layer.activation.kind === 'prelu')
    parameters.push({
      name: `${layer.name}/slope`,
      role: 'slope',
      shape: [layer.activation.share === 'channel' ? units : 1],
    });
  return parameters;
}

/** Give every layer its place. A configuration that was read from a run file always fits; any other may throw. */
export function placeNetwork(config: NetworkConfig): Network {
  let map = config.input;
  const layers = config.layers.map((layer): PlacedLayer => {
    const result = outputShape(layer, map);
    if ('problem' in result) throw new Error(result.problem);
    const placed = { layer, input: map, output: result.shape, parameters: parametersOf(layer, map) };
    map = result.shape;
    return placed;
  });
  return { input: config.input, classes: mapSize(map), layers, parameters: layers.flatMap((placed) => placed.parameters) };
}

/** Numbers in an array of this shape. */
export const size = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);

/** Learned numbers in all. */
export const parameterCount = (network: Network): number =>
  network.parameters.reduce((sum, parameter) => sum + size(parameter.shape), 0);

/** Multiply-adds of one forward pass of one example, convolutions and dense layers (as the paper's Table 3 counts). */
export const multiplyAdds = (network: Network): number =>
  weightedLayers(network).reduce(
    (sum, placed) => sum + placed.output[0] * placed.output[1] * fans(placed).fanIn * placed.output[2],
    0,
  );
