/**
 * Signal propagation at initialisation (paper, section 2.2, equations 9 and 13): the predicted standard deviation of every weighted layer's
 * pre-activations, forward, and of the gradient with respect to them, backward. Nothing is run: second moments go through
 * the layers as maps.
 */
import { type Initialization, isWeighted, type Layer } from '../config.ts';
import type { PlacedLayer } from '../layers/layer-rule.ts';
import { ruleOf } from '../layers/rules.ts';
import { weightStd } from '../network/initialization.ts';
import { fans, type Network, type PlacedWeightedLayer, weightedLayers } from '../network/network.ts';
import { type Moments, rootMeanSquare, scaleMoments, uniformMoments } from './moments.ts';
import { MOST_POSITIONS, uniformPairs } from './pairs.ts';

/** A weighted layer's prediction. Standard deviations are of one unit at one position, over all of them. */
export interface LayerPropagation {
  readonly name: string;
  readonly fanIn: number;
  readonly fanOut: number;
  readonly weightStd: number;
  /** Of the pre-activations, for an input of unit variance. */
  readonly forwardStd: number;
  /** The same under `he` by fan-in, for comparison with what is measured. */
  readonly heForwardStd: number;
  /** Of the gradient with respect to the pre-activations, relative to the last weighted layer's. */
  readonly backwardStd: number;
  /** Factor from the weighted layer before to this one; 1 for the first. */
  readonly forwardGain: number;
  /** Factor from the weighted layer after to this one; 1 for the last. */
  readonly backwardGain: number;
}

export interface Propagation {
  readonly layers: readonly LayerPropagation[];
  /**
   * The least, over hidden layers, of what this initialisation leaves of the signal (of the gradient, counted from the last
   * hidden layer on) relative to `he` by fan-in on the same network: pooling, strides and averaging weaken both on purpose
   * and cancel out. 1 where there is no hidden layer.
   */
  readonly forwardFactor: number;
  readonly backwardFactor: number;
  /** The greatest such ratios: the other side, explosion. */
  readonly forwardExcess: number;
  readonly backwardExcess: number;
}

const HE: Initialization = { kind: 'he', mode: 'fan_in' };

/** Weight variance of each layer, under its own initialisation or under one for all. */
const variances = (network: Network, init?: Initialization): Map<Layer, number> =>
  new Map(weightedLayers(network).map((placed) => [placed.layer, weightStd(placed, init) ** 2]));

/** Pairs of positions from the first map on that is small enough, as long as a later layer asks for them. */
function withPairs(signal: Moments, needed: boolean): Moments {
  const positions = signal.height * signal.width;
  const { pairs, ...rest } = signal;
  if (!needed || positions > MOST_POSITIONS) return rest;
  return { ...rest, pairs: pairs ?? uniformPairs(positions, signal.correlation) };
}

interface Pass {
  /** Standard deviations by layer name. */
  readonly forward: Map<string, number>;
  readonly backward: Map<string, number>;
}

function pass(network: Network, weights: Map<Layer, number>, { start }: { start: Moments }): Pass {
  const rule = (placed: PlacedLayer) => ruleOf<Layer>(placed.layer);
  const variance = (placed: PlacedLayer) => weights.get(placed.layer) ?? 0;
  const forward = new Map<string, number>();
  let signal = start;
  const lastPool = network.layers.findLastIndex(({ layer }) => !isWeighted(layer));
  for (const [i, placed] of network.layers.entries()) {
    signal = withPairs(signal, i <= lastPool);
    const result = rule(placed).propagate(placed, signal, variance(placed));
    if (result.preActivation) forward.set(placed.layer.name, rootMeanSquare(result.preActivation));
    signal = result.output;
  }
  const backward = new Map<string, number>();
  const last = network.layers.at(-1)?.output ?? [1, 1, 1];
  let gradient = uniformMoments(last[0], last[1], 1);
  let scale = 1;
  for (const placed of network.layers.toReversed()) {
    const result = rule(placed).backpropagate(placed, gradient, variance(placed));
    if (result.preActivation) backward.set(placed.layer.name, rootMeanSquare(result.preActivation) * scale);
    // Explosions over a hundred layers leave double precision too: keep the map near 1 and the scale apart.
    const size = rootMeanSquare(result.input);
    if (size > 0 && Number.isFinite(size)) {
      gradient = scaleMoments(result.input, 1 / size ** 2);
      scale *= size;
    } else gradient = result.input;
  }
  return { forward, backward };
}

/** Ratios of two passes over hidden layers; backward ones counted from the last hidden layer on. */
function ratios(
  hidden: readonly PlacedWeightedLayer[],
  own: Pass,
  reference: Pass,
): { forward: number[]; backward: number[] } {
  const ratio = (a: Map<string, number>, b: Map<string, number>, name: string) =>
    (a.get(name) ?? 0) / (b.get(name) ?? 1);
  const names = hidden.map(({ layer }) => layer.name);
  const last = names.at(-1);
  const base = last === undefined ? 1 : ratio(own.backward, reference.backward, last);
  return {
    forward: names.map((name) => ratio(own.forward, reference.forward, name)),
    backward: names.map((name) => ratio(own.backward, reference.backward, name) / base),
  };
}

/**
 * Predict the propagation of a network at initialisation, for an input of unit variance. `correlation`: how two positions of
 * the input are correlated, 0 for independent pixels; images have neighbours alike.
 */
export function propagate(network: Network, correlation = 0): Propagation {
  const start = uniformMoments(network.input[0], network.input[1], 1, correlation);
  const own = pass(network, variances(network), { start });
  const he = pass(network, variances(network, HE), { start });
  const weighted = weightedLayers(network);
  const { forward, backward } = ratios(weighted.slice(0, -1), own, he);
  const lastBackward = own.backward.get(weighted.at(-1)?.layer.name ?? '') ?? 1;
  const std = (map: Map<string, number>, i: number) => map.get(weighted[i]?.layer.name ?? '');
  return {
    layers: weighted.map((placed, i) => {
      const { fanIn, fanOut } = fans(placed);
      const forwardStd = std(own.forward, i) ?? 0;
      const backwardStd = (std(own.backward, i) ?? 0) / lastBackward;
      const before = std(own.forward, i - 1);
      const after = std(own.backward, i + 1);
      return {
        name: placed.layer.name,
        fanIn,
        fanOut,
        weightStd: weightStd(placed),
        forwardStd,
        heForwardStd: std(he.forward, i) ?? 0,
        backwardStd,
        forwardGain: before === undefined ? 1 : forwardStd / before,
        backwardGain: after === undefined ? 1 : backwardStd / (after / lastBackward),
      };
    }),
    forwardFactor: Math.min(1, ...(forward.length > 0 ? forward : [1])),
    backwardFactor: Math.min(1, ...(backward.length > 0 ? backward : [1])),
    forwardExcess: Math.max(1, ...forward),
    backwardExcess: Math.max(1, ...backward),
  };
}
