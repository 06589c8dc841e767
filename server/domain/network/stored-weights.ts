/** Weights from a file: how they fit a network, and what is predicted from them. */
import { isWeighted, type StoredStart, type WeightedLayer } from '../config.ts';
import type { ParameterRole, PlacedLayer } from '../layers/layer-kind.ts';
import { type Network, type PlacedWeightedLayer, weightedLayers } from './network.ts';

/** An array of a file, as far as a check needs it. */
export interface StoredArray {
  readonly shape: readonly number[];
  /** Root mean square; not finite where a number is not. */
  readonly rms: number;
  readonly mean: number;
  /** Whether all units (the last axis) have the same numbers. */
  readonly unitsAlike: boolean;
}

/**
 * What a prediction needs of a layer whose weights come from a file. Checkpoints keep it: those of older versions know only
 * `std` and `slope`.
 */
export interface StoredMoments extends StoredStart {
  /** Root mean square of the weights. */
  readonly std: number;
  /** That of a PReLU's slopes, if the file has them. */
  readonly slope?: number;
}

/** The layers whose weights come from a file. */
export const storedLayers = (network: Network): PlacedWeightedLayer[] =>
  weightedLayers(network).filter(({ layer }) => layer.init.kind === 'from');

const shown = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

/** Axes as PyTorch orders them: [out, in, height, width] and [out, in]. */
function isTorchOrder(found: readonly number[], expected: readonly number[]): boolean {
  const torch = expected.length === 4 ? [3, 2, 0, 1] : [1, 0];
  return expected.length === found.length && torch.every((axis, i) => expected[axis] === found[i]);
}

/** Why a layer has no such parameter. */
const TO_TAKE: Readonly<Record<'bias' | 'slope', string>> = {
  bias: 'the layer has `bias: false`',
  slope: 'the layer’s activation is not `prelu`',
};

/** The differences between a file and a layer's needs, a phrase each; none if it fits. */
export function differences(
  { layer, parameters }: PlacedWeightedLayer,
  arrays: ReadonlyMap<string, StoredArray>,
): string[] {
  const found: string[] = [];
  for (const { name, role, shape } of parameters) {
    const array = arrays.get(name);
    // A bias or slope that the file does not have starts as without a file.
    if (!array && role === 'weight') found.push(`\`${name}\`, ${shown(shape)}, is missing`);
    if (!array) continue;
    if (array.shape.join() !== shape.join()) {
      const hint =
        role === 'weight' && isTorchOrder(array.shape, shape)
          ? ', in PyTorch’s order of axes: transpose it to inputs before outputs, kernel first'
          : '';
      found.push(`\`${name}\` is ${shown(array.shape)} in the file and ${shown(shape)} here${hint}`);
    } else if (!Number.isFinite(array.rms)) found.push(`\`${name}\` has numbers that are not finite`);
  }
  const own = new Set<ParameterRole>(parameters.map(({ role }) => role));
  for (const role of ['bias', 'slope'] as const)
    if (!own.has(role) && arrays.has(`${layer.name}.${role}`))
      found.push(`\`${layer.name}.${role}\` is in the file, but ${TO_TAKE[role]}`);
  return found;
}

/** What a prediction needs of each such layer whose weights are in a file. */
export function momentsOf(
  network: Network,
  arraysOf: (file: string) => ReadonlyMap<string, StoredArray> | undefined,
): Record<string, StoredMoments> {
  const entries = storedLayers(network).flatMap(({ layer }): [string, StoredMoments][] => {
    const arrays = layer.init.kind === 'from' ? arraysOf(layer.init.file) : undefined;
    const weight = arrays?.get(`${layer.name}.weight`);
    const slope = arrays?.get(`${layer.name}.slope`);
    const bias = arrays?.get(`${layer.name}.bias`);
    if (!weight) return [];
    const unitsAlike = weight.unitsAlike && (bias?.unitsAlike ?? true);
    const moments = {
      std: weight.rms,
      ...(slope && { slope: slope.rms }),
      ...(bias && { bias: { mean: bias.mean, rms: bias.rms } }),
      unitsAlike,
    };
    return [[layer.name, moments]];
  });
  return Object.fromEntries(entries);
}

/**
 * The network with what is known of its stored weights, for predictions: the size of the weights, and the slopes, of which
 * a second moment sees the root mean square (½(1 + a²), averaged over channels). Biases are in no propagation; rules look at them.
 */
export function withMoments(network: Network, moments: Readonly<Record<string, StoredMoments>>): Network {
  const layers = network.layers.map((placed): PlacedLayer => {
    const { layer } = placed;
    const own = Object.hasOwn(moments, layer.name) ? moments[layer.name] : undefined;
    if (!own || !isWeighted(layer) || layer.init.kind !== 'from') return placed;
    const { activation } = layer;
    const sloped =
      own.slope !== undefined && activation.kind === 'prelu' ? { ...activation, slope: own.slope } : activation;
    const { slope: _, ...start } = own;
    const known: WeightedLayer = { ...layer, activation: sloped, init: { ...layer.init, ...start } };
    return { ...placed, layer: known };
  });
  return { ...network, layers };
}
