/** Converts the numbers that a program fetches to the quantities for users and rules. */
import { type Network, weightedLayers } from '../domain/network/network.ts';
import { measure, numbersOf } from '../domain/probe/quantities.ts';
import { mapSize } from '../domain/shapes/size.ts';
import type { LayerProbe } from '../protocol/events.ts';
import { toScalar } from '../protocol/scalar.ts';

interface ProbeOptions {
  readonly network: Network;
  readonly batchSize: number;
  readonly weightDecay: number;
}

/** The quantities of every weighted layer, from [weighted layers × PROBE_FIELDS]. */
export const layerProbes = (probe: Float32Array, { network, batchSize, weightDecay }: ProbeOptions): LayerProbe[] =>
  weightedLayers(network).map(({ layer, output }, i) => {
    const probed = { layer, examples: batchSize, preActivations: mapSize(output), weightDecay };
    const measured = Object.entries(measure(numbersOf(probe, i), probed));
    const scalars = Object.fromEntries(measured.map(([name, value]) => [name, toScalar(value)]));
    return { name: layer.name, ...scalars } as LayerProbe;
  });
