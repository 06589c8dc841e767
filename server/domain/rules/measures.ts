/** What rules read from a probe: numbers of all layers in one. */
import { slopeOf } from '../layers/rectifier.ts';
import { type Network, weightedLayers } from '../network/network.ts';
import { mean, median } from '../numbers/statistics.ts';
import type { ProbedLayer } from '../probe/quantities.ts';
import type { Propagation } from '../propagation/propagate.ts';

/** Layers of a probe but the last weighted one, whose outputs are the logits. */
export const hidden = <T>(layers: readonly T[]): readonly T[] => layers.slice(0, -1);

/** ‖∂E/∂w‖ / λ‖w‖, median over the layers. */
export const gradientPerDecay = (layers: readonly ProbedLayer[]): number =>
  median(layers.map(({ gradientNorm, decayNorm }) => gradientNorm / decayNorm));

/** ‖Δw‖ / ‖w‖, median over the layers. */
export const medianUpdate = (layers: readonly ProbedLayer[]): number =>
  median(layers.map(({ updateRatio }) => updateRatio));

/** Measured root mean square of each hidden layer relative to what `he` would give on this input. */
export function signalRatios(layers: readonly ProbedLayer[], propagation: Propagation, meanSquare: number): number[] {
  const scale = Math.sqrt(meanSquare);
  return hidden(layers).map(
    ({ activationRms }, i) => activationRms / ((propagation.layers[i]?.heForwardStd ?? 1) * scale),
  );
}

/** The same relative to what is predicted of the network’s own initialisation: near 1 where it starts as it is drawn. */
export function startRatios(layers: readonly ProbedLayer[], propagation: Propagation, meanSquare: number): number[] {
  const scale = Math.sqrt(meanSquare);
  return hidden(layers).map(
    ({ activationRms }, i) => activationRms / ((propagation.layers[i]?.forwardStd ?? 1) * scale),
  );
}

/** The hidden layers whose rectifier lets nothing of the negative part through. */
export function rectified(network: Network, layers: readonly ProbedLayer[]): ProbedLayer[] {
  const isRectified = hidden(weightedLayers(network)).map(({ layer }) => slopeOf(layer.activation) === 0);
  return layers.filter((_, i) => isRectified[i]);
}

/** Share of a layer’s units, and mean share over the layers, from which units count as dead: healthy networks have less of both. */
export const DEAD_LAYER = 0.9;
export const DEAD_MEAN = 0.25;

/** Whether so many units are dead that a network can hardly learn. */
export const isDead = ({ worst, average }: { worst: number; average: number }): boolean =>
  worst >= DEAD_LAYER || average >= DEAD_MEAN;

/** Share of dead units: of the worst layer, and as the mean over the layers; both 0 where no layer is rectified. */
export function deadShares(layers: readonly ProbedLayer[]): { worst: number; average: number } {
  const fractions = layers.map(({ deadFraction }) => deadFraction);
  return fractions.length > 0 ? { worst: Math.max(...fractions), average: mean(fractions) } : { worst: 0, average: 0 };
}
