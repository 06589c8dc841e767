/**
 * Signal propagation at initialisation (paper, section 2.2, equations 9 and 13): the predicted standard deviation of every weighted
 * layer's pre-activations, forward, and of the gradient with respect to them, backward. Nothing is run: second moments go
 * through the layers as maps.
 */
import { type Initialization, isWeighted, type Layer } from '../config.ts';
import { kindOf } from '../layers/kinds.ts';
import type { PlacedLayer } from '../layers/layer-kind.ts';
import { type Moments, rootMeanSquare, scaleMoments, uniformMoments } from '../moments/moments.ts';
import { MOST_POSITIONS, uniformPairs } from '../moments/pairs.ts';
import { weightStd } from '../network/initialization.ts';
import { fans, type Network, weightedLayers } from '../network/network.ts';

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
  /**
   * What this initialisation leaves of the gradient, relative to `he` by fan-in on the same network and counted from the
   * last hidden layer on; 1 for that one and for the last layer.
   */
  readonly backwardFactor: number;
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

/** Pairs of positions from the first map on that is small enough, as long as a later layer asks for them. */
function withPairs(signal: Moments, needed: boolean): Moments {
  const { pairs, ...rest } = signal;
  if (!needed || signal.height * signal.width > MOST_POSITIONS) return rest;
  return { ...rest, pairs: pairs ?? uniformPairs(signal) };
}

/** What a network's maps make of signal and gradient, whatever its own initialisation: by far the costliest part. */
export interface Pass {
  /** Standard deviations of the weighted layers in order; backward relative to the gradient at the network's end. */
  readonly forward: readonly number[];
  readonly backward: readonly number[];
}

/**
 * Both directions under `he`, where neither signal nor gradient leaves double precision, however deep the network. The input
 * has unit variance; `correlation`: how two positions of it are correlated, 0 for independent pixels; images have neighbours alike.
 */
export function hePass(network: Network, correlation = 0): Pass {
  const rule = (placed: PlacedLayer) => kindOf<Layer>(placed.layer);
  const variances = new Map<Layer, number>(
    weightedLayers(network).map((placed) => [placed.layer, weightStd(placed, HE) ** 2]),
  );
  const variance = (placed: PlacedLayer) => variances.get(placed.layer) ?? 0;
  const forward: number[] = [];
  let signal = uniformMoments(network.input[0], network.input[1], 1, correlation);
  const lastPool = network.layers.findLastIndex(({ layer }) => !isWeighted(layer));
  for (const [i, placed] of network.layers.entries()) {
    signal = withPairs(signal, i <= lastPool);
    const result = rule(placed).propagate(placed, signal, variance(placed));
    if (result.preActivation) forward.push(rootMeanSquare(result.preActivation));
    signal = result.output;
  }
  const backward: number[] = [];
  const last = network.layers.at(-1)?.output ?? [1, 1, 1];
  let gradient = uniformMoments(last[0], last[1], 1);
  let scale = 1;
  for (const placed of network.layers.toReversed()) {
    const result = rule(placed).backpropagate(placed, gradient, variance(placed));
    if (result.preActivation) backward.unshift(rootMeanSquare(result.preActivation) * scale);
    // Fan-out against fan-in may add up over a hundred layers: keep the map near 1 and the scale apart.
    const size = rootMeanSquare(result.input);
    if (size > 0 && Number.isFinite(size)) {
      gradient = scaleMoments(result.input, 1 / size ** 2);
      scale *= size;
    } else gradient = result.input;
  }
  return { forward, backward };
}

/** Products of the first i + 1 numbers, by i. */
function products(values: readonly number[]): number[] {
  let product = 1;
  return values.map((value) => (product *= value));
}

/** Predict the propagation of a network at initialisation, for an input of unit variance. `he`: its pass, where it is known. */
export function propagate(network: Network, he: Pass = hePass(network)): Propagation {
  const weighted = weightedLayers(network);
  // Second moments are linear in every layer's weight variance, whatever the pools: an initialisation is `he` times its
  // factor in each layer passed.
  const factors = weighted.map((placed) => weightStd(placed) / weightStd(placed, HE));
  const forward = products(factors);
  const behind = (layers: readonly number[]) => products(layers.slice(1).toReversed()).toReversed().concat(1);
  const passed = behind(factors);
  const lastBackward = he.backward.at(-1) ?? 1;
  const forwardStds = weighted.map((_, i) => (he.forward[i] ?? 0) * (forward[i] ?? 0));
  const backwardStds = weighted.map((_, i) => ((he.backward[i] ?? 0) / lastBackward) * (passed[i] ?? 0));
  // Hidden layers: what reaches the last of them is what they are counted from.
  const hidden = { forward: forward.slice(0, -1), backward: weighted.length > 1 ? behind(factors.slice(0, -1)) : [] };
  const gain = (stds: readonly number[], i: number, from: number) => {
    const before = stds[from];
    return before === undefined ? 1 : (stds[i] ?? 0) / before;
  };
  return {
    layers: weighted.map((placed, i) => ({
      name: placed.layer.name,
      ...fans(placed),
      weightStd: weightStd(placed),
      forwardStd: forwardStds[i] ?? 0,
      heForwardStd: he.forward[i] ?? 0,
      backwardStd: backwardStds[i] ?? 0,
      forwardGain: gain(forwardStds, i, i - 1),
      backwardGain: gain(backwardStds, i, i + 1),
      backwardFactor: hidden.backward[i] ?? 1,
    })),
    forwardFactor: Math.min(1, ...hidden.forward),
    backwardFactor: Math.min(1, ...hidden.backward),
    forwardExcess: Math.max(1, ...hidden.forward),
    backwardExcess: Math.max(1, ...hidden.backward),
  };
}
