/** From the numbers that a program fetches to the quantities that a user sees. */
import { type Network, weightedLayers } from '../domain/network/network.ts';
import { mapSize } from '../domain/shapes/size.ts';
import { PROBE_FIELDS } from '../domain/step/step.ts';
import type { LayerProbe } from '../protocol/events.ts';
import { toScalar } from '../protocol/scalar.ts';

interface ProbeOptions {
  readonly network: Network;
  readonly batchSize: number;
  readonly weightDecay: number;
}

/** Sums of squares in single precision are right between these: below, squares of the numbers have been lost; above, the sum. */
const [LEAST, MOST] = [1e-28, 3e38];

/**
 * Mean and mean square of a layer's pre-activations. Where the squares leave single precision (a signal that vanishes or explodes),
 * they are the first example's, whose norm was taken in double precision.
 */
function moments(
  field: (name: (typeof PROBE_FIELDS)[number]) => number,
  { examples, numbers }: { examples: number; numbers: number },
): { mean: number; meanSquare: number } {
  const [sum, squares, firstNorm] = [field('sum'), 2 * field('l2'), field('firstNorm')];
  const isRight = squares >= LEAST && squares <= MOST;
  // A sum that is no number is not saved by one example that is.
  if (isRight || !Number.isFinite(sum) || Number.isNaN(squares))
    return { mean: sum / (examples * numbers), meanSquare: squares / (examples * numbers) };
  return { mean: field('firstSum') / numbers, meanSquare: firstNorm ** 2 / numbers };
}

/** The quantities of every weighted layer, from [weighted layers, PROBE_FIELDS]. */
export function layerProbes(numbers: Float32Array, { network, batchSize, weightDecay }: ProbeOptions): LayerProbe[] {
  return weightedLayers(network).map(({ layer, output }, i) => {
    const field = (name: (typeof PROBE_FIELDS)[number]) =>
      numbers[i * PROBE_FIELDS.length + PROBE_FIELDS.indexOf(name)] ?? Number.NaN;
    const { mean, meanSquare } = moments(field, { examples: batchSize, numbers: mapSize(output) });
    const weightNorm = field('weightNorm');
    return {
      name: layer.name,
      gradient_norm: toScalar(field('gradientNorm')),
      weight_norm: toScalar(weightNorm),
      decay_norm: toScalar(weightDecay * weightNorm),
      update_ratio: toScalar(field('updateNorm') / weightNorm),
      // Rounding can leave a variance a little below zero where all pre-activations are alike.
      activation_std: toScalar(Math.sqrt(Math.max(0, meanSquare - mean * mean))),
      activation_rms: toScalar(Math.sqrt(meanSquare)),
      dead_fraction: toScalar(field('deadFraction')),
      ...(layer.activation.kind === 'prelu' && { slope_mean: toScalar(field('slopeMean')) }),
    };
  });
}
