import type { Network } from '../domain/network/network.ts';
import { RandomStream } from '../domain/random/stream.ts';
import { dropoutLayers } from '../domain/step/step.ts';

/** The dropout masks of a step, [batch, units] of 0 and 1/(1 − p): a function of the seed, the layer and the step alone. */
export function dropoutMasks(
  network: Network,
  { seed, step, batchSize }: { seed: number; step: number; batchSize: number },
): Map<string, Float32Array> {
  return new Map(
    dropoutLayers(network).map(({ name, units, rate }) => {
      const stream = new RandomStream({ seed, purpose: 'dropout', name, index: step });
      const kept = 1 / (1 - rate);
      return [name, Float32Array.from({ length: batchSize * units }, () => (stream.uniform() < rate ? 0 : kept))];
    }),
  );
}

/** Masks that drop nothing and scale nothing: training as tests see the network. */
export const noDropout = (network: Network, batchSize: number): Map<string, Float32Array> =>
  new Map(dropoutLayers(network).map(({ name, units }) => [name, new Float32Array(batchSize * units).fill(1)]));
