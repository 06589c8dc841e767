/** A probe's numbers, from what the parts of a batch and the update have left in shared memory. */

import { type Network, weightedLayers } from '../../domain/network/network.ts';
import { mean } from '../../domain/numbers/statistics.ts';
import { type ProbeNumbers, packNumbers } from '../../domain/probe/quantities.ts';
import { PART_SUMS } from '../../domain/probe/sums.ts';
import type { PartMemory, WholeMemory } from './memory.ts';
import { SQUARES } from './update.ts';

type PartSum = (typeof PART_SUMS)[number];

/** Of a layer's pre-activations; a part's statistics are `PART_SUMS` and, of a ReLU, the largest of each unit. */
function ofPreActivations(layer: string, parts: readonly PartMemory[]): Pick<ProbeNumbers, PartSum | 'deadFraction'> {
  const statistics = parts.map((part) => needed(part.statistics.get(layer)).data);
  const of = (data: Float32Array | undefined, name: PartSum) => data?.[PART_SUMS.indexOf(name)] ?? Number.NaN;
  const total = (name: PartSum) => statistics.reduce((sum, data) => sum + of(data, name), 0);
  const largest = statistics.map((data) => data.subarray(PART_SUMS.length));
  const units = largest[0]?.length ?? 0;
  const isDead = (_: unknown, unit: number) => largest.every((ofPart) => (ofPart[unit] ?? Number.NaN) <= 0);
  return {
    sum: total('sum'),
    l2: total('l2'),
    // The batch's first example is the first part's.
    firstSum: of(statistics[0], 'firstSum'),
    firstNorm: of(statistics[0], 'firstNorm'),
    deadFraction: units === 0 ? 0 : Array.from({ length: units }, isDead).filter(Boolean).length / units,
  };
}

/** Norms of a layer's gradient, weights and update: from the sums of all threads. */
function ofWeights(
  layer: string,
  { parameters, squares }: WholeMemory,
): Pick<ProbeNumbers, 'gradientNorm' | 'weightNorm' | 'updateNorm'> {
  const place = parameters.findIndex(({ name }) => name === `${layer}.weight`);
  const norm = (of: (typeof SQUARES)[number]) => {
    const at = place * SQUARES.length + SQUARES.indexOf(of);
    return Math.sqrt(squares.reduce((sum, ofThread) => sum + (ofThread[at] ?? Number.NaN), 0));
  };
  return { gradientNorm: norm('gradient'), weightNorm: norm('weights'), updateNorm: norm('update') };
}

/** Mean slope of every PReLU, by layer, as it is now. */
export const meanSlopes = (network: Network, { parameters }: WholeMemory): ReadonlyMap<string, number> =>
  new Map(
    weightedLayers(network).flatMap(({ layer }) => {
      const slope = parameters.find(({ name }) => name === `${layer.name}.slope`);
      return slope ? [[layer.name, mean([...slope.weights.data])] as const] : [];
    }),
  );

/** [weighted layers × PROBE_FIELDS], after the update. `slopes`: `meanSlopes` before it. */
export function probeNumbers(
  network: Network,
  { parts, whole, slopes }: { parts: readonly PartMemory[]; whole: WholeMemory; slopes: ReadonlyMap<string, number> },
): Float32Array {
  const numbers = weightedLayers(network).flatMap(({ layer: { name } }) =>
    packNumbers({
      ...ofWeights(name, whole),
      ...ofPreActivations(name, parts),
      slopeMean: slopes.get(name) ?? 0,
    }),
  );
  return Float32Array.from(numbers);
}

function needed<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a part has no statistics for a weighted layer');
  return value;
}
