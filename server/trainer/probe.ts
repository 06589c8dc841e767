/** From the numbers that a program fetches to the quantities that a user sees. */
import { type Network, weightedLayers } from '../domain/network/network.ts';
import { mapSize } from '../domain/network/size.ts';
import { PROBE_FIELDS } from '../domain/program/step.ts';
import type { ProbedLayer } from '../domain/rules/observation.ts';
import type { LayerProbe } from '../protocol/events.ts';
import { toScalar } from '../protocol/scalar.ts';

interface ProbeOptions {
  readonly network: Network;
  readonly batchSize: number;
  readonly weightDecay: number;
}

/** The quantities of every weighted layer, from [weighted layers, PROBE_FIELDS]. */
export function layerProbes(numbers: Float32Array, { network, batchSize, weightDecay }: ProbeOptions): LayerProbe[] {
  return weightedLayers(network).map(({ layer, output }, i) => {
    const field = (name: (typeof PROBE_FIELDS)[number]) =>
      numbers[i * PROBE_FIELDS.length + PROBE_FIELDS.indexOf(name)] ?? Number.NaN;
    const count = batchSize * mapSize(output);
    const mean = field('sum') / count;
    const meanSquare = (2 * field('l2')) / count;
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

/** What the rules see of a probe. */
export const probedLayers = (probes: readonly LayerProbe[]): ProbedLayer[] =>
  probes.map((probe) => ({
    name: probe.name,
    gradientNorm: Number(probe.gradient_norm),
    weightNorm: Number(probe.weight_norm),
    decayNorm: Number(probe.decay_norm),
    updateRatio: Number(probe.update_ratio),
    activationRms: Number(probe.activation_rms),
    deadFraction: Number(probe.dead_fraction),
  }));
