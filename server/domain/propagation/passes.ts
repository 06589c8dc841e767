/** Second moments through the whole network, forward and backward, at initialisation: by far the costliest part of a prediction. */
import { type Initialization, isWeighted } from '../config.ts';
import { kindOf } from '../layers/kinds.ts';
import type { Inputs, PlacedLayer } from '../layers/layer-kind.ts';
import { type Moments, meanMoment, scaleMoments, uniformMoments } from '../moments/moments.ts';
import { MOST_POSITIONS, uniformPairs } from '../moments/pairs.ts';
import { addMoments } from '../moments/sums.ts';
import { weightStd } from '../network/initialization.ts';
import { isChain, type Network, type PlacedWeightedLayer, weightedLayers } from '../network/network.ts';
import { type Magnitude, magnitude, over, times } from './magnitude.ts';

/** Root mean squares of the weighted layers' pre-activations, in order; backward relative to the gradient at the network's end. */
export interface Pass {
  readonly forward: readonly Magnitude[];
  readonly backward: readonly Magnitude[];
}

export interface Passes {
  /** Under the network's own initialisation. */
  readonly own: Pass;
  /** Under `he` by fan-in, for comparison. */
  readonly he: Pass;
}

const HE: Initialization = { kind: 'he', mode: 'fan_in' };

/** A map of second moments, true times 2^exponent: a signal may vanish or explode beyond double precision. */
interface Scaled {
  readonly moments: Moments;
  /** Even, so that its root is exact, too. */
  readonly exponent: number;
}

/** Second moments outside these are rescaled to near 1: a layer may change them by 2^±300 without overflow. */
const [LEAST, MOST] = [2 ** -300, 2 ** 300];

function scaled(moments: Moments, exponent: number): Scaled {
  const mean = meanMoment(moments);
  // What weights of 0 leave has no correlation.
  if (mean === 0) return { moments: uniformMoments(moments.height, moments.width, 0), exponent: 0 };
  if (!(mean > 0) || !Number.isFinite(mean) || (mean >= LEAST && mean <= MOST)) return { moments, exponent };
  const shift = 2 * Math.floor(Math.log2(mean) / 2);
  return { moments: scaleMoments(moments, 2 ** -shift), exponent: exponent + shift };
}

/** Converts maps to a common exponent, the largest: negligible ones become 0. */
function aligned(maps: Inputs<Scaled>): { moments: Inputs<Moments>; exponent: number } {
  const exponent = Math.max(...maps.map((map) => map.exponent));
  const align = (map: Scaled): Moments =>
    map.exponent === exponent ? map.moments : scaleMoments(map.moments, 2 ** (map.exponent - exponent));
  const [first, ...others] = maps;
  return { moments: [align(first), ...others.map(align)], exponent };
}

const sizeOf = (moments: Moments, exponent: number): Magnitude =>
  magnitude(Math.sqrt(meanMoment(moments)), exponent / 2);

/** Pairs of positions from the first map on that is small enough, as long as a later layer asks for them. */
function withPairs(signal: Moments, needed: boolean): Moments {
  const { pairs, ...rest } = signal;
  if (!needed || signal.height * signal.width > MOST_POSITIONS || meanMoment(signal) === 0) return rest;
  return { ...rest, pairs: pairs ?? uniformPairs(signal) };
}

type Variance = (placed: PlacedLayer) => number;

/** E[x²] from layer to layer, for an input of unit variance whose positions have this correlation. */
function forwardPass(network: Network, variance: Variance, correlation: number): Magnitude[] {
  const sizes: Magnitude[] = [];
  const signals: Scaled[] = [];
  const images = { moments: uniformMoments(network.input[0], network.input[1], 1, correlation), exponent: 0 };
  const lastComparing = network.layers.findLastIndex(({ layer }) => kindOf(layer).comparesPositions);
  for (const [i, placed] of network.layers.entries()) {
    const take = (position: number): Scaled => {
      const { moments, exponent } = signals[position] ?? images;
      return { moments: withPairs(moments, i <= lastComparing), exponent };
    };
    const [first = -1, ...others] = placed.inputs;
    const { moments, exponent } = aligned([take(first), ...others.map(take)]);
    const result = kindOf(placed.layer).propagate(placed, moments, variance(placed));
    if (result.preActivation) sizes.push(sizeOf(result.preActivation, exponent));
    signals.push(scaled(result.output, exponent));
  }
  return sizes;
}

/** E[δ²] from layer to layer, backwards; where several layers take an output, their gradients add up. */
function backwardPass(network: Network, variance: Variance): Magnitude[] {
  const sizes: Magnitude[] = [];
  const arriving: Scaled[][] = network.layers.map(() => []);
  const [height, width] = network.layers.at(-1)?.output ?? [1, 1];
  arriving.at(-1)?.push({ moments: uniformMoments(height, width, 1), exponent: 0 });
  for (const [i, placed] of [...network.layers.entries()].reverse()) {
    const [first, ...others] = arriving[i] ?? [];
    if (!first) throw new Error(`no layer takes the output of ${placed.layer.name}`);
    const { moments, exponent } = aligned([first, ...others]);
    const result = kindOf(placed.layer).backpropagate(placed, addMoments(moments), variance(placed));
    if (result.preActivation) sizes.unshift(sizeOf(result.preActivation, exponent));
    for (const [k, input] of result.inputs.entries()) arriving[placed.inputs[k] ?? -1]?.push(scaled(input, exponent));
  }
  return sizes;
}

function passOf(network: Network, std: (placed: PlacedWeightedLayer) => number, correlation: number): Pass {
  const variance: Variance = (placed) => (isWeighted(placed.layer) ? std(placed as PlacedWeightedLayer) ** 2 : 0);
  return { forward: forwardPass(network, variance, correlation), backward: backwardPass(network, variance) };
}

/** Cumulative factors of a chain's layers: forward up to each layer, backward from those after it. */
function heOfChain({ forward, backward }: Pass, factors: readonly number[]): Pass {
  let before = magnitude(1);
  const upTo = factors.map((factor) => (before = times(before, magnitude(factor))));
  let after = magnitude(1);
  const behind = factors.toReversed().map((factor) => {
    const own = after;
    after = times(after, magnitude(factor));
    return own;
  });
  return {
    forward: forward.map((size, i) => over(size, upTo[i] ?? magnitude(1))),
    backward: backward.map((size, i) => over(size, behind.at(-1 - i) ?? magnitude(1))),
  };
}

/**
 * Both passes of a network. `correlation`: of two positions of an image, 0 for independent pixels; images have
 * similar neighbours.
 */
export function passesOf(network: Network, correlation = 0): Passes {
  const weighted = weightedLayers(network);
  const own = passOf(network, (placed) => weightStd(placed), correlation);
  const factors = weighted.map((placed) => weightStd(placed) / weightStd(placed, HE));
  if (factors.every((factor) => factor === 1)) return { own, he: own };
  // In a chain second moments are linear in every layer's weight variance: `he` is the network's own over its factors.
  // Weights that are all 0 leave nothing to divide.
  if (isChain(network) && factors.every((factor) => factor > 0)) return { own, he: heOfChain(own, factors) };
  return { own, he: passOf(network, (placed) => weightStd(placed, HE), correlation) };
}
