/**
 * What a probe measures for each weighted layer. One table: every list and type of quantities derives from it. Engines, stores and views
 * find a number by its name, so an entry may be added anywhere.
 */
import type { WeightedLayer } from '../config.ts';
import { moments, PART_SUMS } from './sums.ts';

/** Where a layer's numbers come from. */
interface Probed {
  readonly layer: WeightedLayer;
  /** Examples of the batch, and pre-activations of each. */
  readonly examples: number;
  readonly preActivations: number;
  readonly weightDecay: number;
}

interface Quantity<Key extends string, Field extends string, Absent extends boolean> {
  /** Its name in rules (`ProbedLayer`). */
  readonly key: Key;
  /** The numbers of a step that it is computed from (`ProbeField`). */
  readonly from: readonly Field[];
  /** Undefined if the layer has no such quantity. */
  readonly value: (numbers: Readonly<Record<Field, number>>, probed: Probed) => number | undefined;
  /** Not every layer has it, or older runs lack it: a stored NaN means absent. */
  readonly mayBeAbsent: Absent;
}

const quantity = <const Key extends string, const Field extends string, const Absent extends boolean>(
  entry: Quantity<Key, Field, Absent>,
): Quantity<Key, Field, Absent> => entry;

/** By the names that stores, events and exports have. Gradients are of the loss without the decay term, averaged over the batch. */
export const QUANTITIES = {
  gradient_norm: quantity({
    key: 'gradientNorm',
    from: ['gradientNorm'],
    value: ({ gradientNorm }) => gradientNorm,
    mayBeAbsent: false,
  }),
  weight_norm: quantity({
    key: 'weightNorm',
    from: ['weightNorm'],
    value: ({ weightNorm }) => weightNorm,
    mayBeAbsent: false,
  }),
  /** λ‖w‖. */
  decay_norm: quantity({
    key: 'decayNorm',
    from: ['weightNorm'],
    value: ({ weightNorm }, { weightDecay }) => weightDecay * weightNorm,
    mayBeAbsent: false,
  }),
  /** ‖Δw‖ / ‖w‖. */
  update_ratio: quantity({
    key: 'updateRatio',
    from: ['updateNorm', 'weightNorm'],
    value: ({ updateNorm, weightNorm }) => updateNorm / weightNorm,
    mayBeAbsent: false,
  }),
  /** Standard deviation of the pre-activations over examples, units and positions. */
  activation_std: quantity({
    key: 'activationStd',
    from: PART_SUMS,
    value: (numbers, probed) => {
      const { mean, meanSquare } = moments(numbers, probed);
      // Rounding can make a variance slightly negative if all pre-activations are equal.
      return Math.sqrt(Math.max(0, meanSquare - mean * mean));
    },
    mayBeAbsent: false,
  }),
  /** Their root mean square. */
  activation_rms: quantity({
    key: 'activationRms',
    from: PART_SUMS,
    value: (numbers, probed) => Math.sqrt(moments(numbers, probed).meanSquare),
    mayBeAbsent: false,
  }),
  /** Share of units not positive for any example and position of the batch; 0 where the rectifier has a slope. */
  dead_fraction: quantity({
    key: 'deadFraction',
    from: ['deadFraction'],
    value: ({ deadFraction }) => deadFraction,
    mayBeAbsent: false,
  }),
  /** Mean of the learned slopes; PReLU only. */
  slope_mean: quantity({
    key: 'slopeMean',
    from: ['slopeMean'],
    value: ({ slopeMean }, { layer }) => (layer.activation.kind === 'prelu' ? slopeMean : undefined),
    mayBeAbsent: true,
  }),
};

type Table = typeof QUANTITIES;
export type ProbeQuantity = keyof Table;
export const PROBE_QUANTITIES = Object.keys(QUANTITIES) as ProbeQuantity[];

type Always = { [Q in ProbeQuantity]: Table[Q]['mayBeAbsent'] extends true ? never : Q }[ProbeQuantity];
type Sometimes = Exclude<ProbeQuantity, Always>;

/** The quantities of one layer, by name. */
export type Measured<N> = Record<Always, N> & Partial<Record<Sometimes, N>>;

/** One weighted layer at one probed step, as rules see it. */
export type ProbedLayer = { readonly name: string } & Readonly<Record<Table[Always]['key'], number>> &
  Readonly<Partial<Record<Table[Sometimes]['key'], number>>>;

/** What a step measures for each weighted layer: the inputs of all quantities. */
export type ProbeField = Table[ProbeQuantity]['from'][number];
/** In the order in which a `probe` fetch holds them. */
export const PROBE_FIELDS: readonly ProbeField[] = [
  ...new Set(Object.values(QUANTITIES).flatMap(({ from }): readonly ProbeField[] => from)),
];
export type ProbeNumbers<N = number> = Readonly<Record<ProbeField, N>>;

/** One layer's part of a `probe` fetch. */
export const packNumbers = <N>(numbers: ProbeNumbers<N>): N[] => PROBE_FIELDS.map((field) => numbers[field]);

/** The numbers of one layer in a `probe` fetch, [weighted layers × PROBE_FIELDS]; throws if it is too short. */
export function numbersOf(probe: ArrayLike<number>, layer: number): ProbeNumbers {
  const begin = layer * PROBE_FIELDS.length;
  if (probe.length < begin + PROBE_FIELDS.length) throw new Error(`the probe has no layer ${layer}`);
  return Object.fromEntries(PROBE_FIELDS.map((field, i) => [field, probe[begin + i]])) as Record<ProbeField, number>;
}

/** The quantities of a layer, from the numbers of its step; without those that the layer lacks. */
export function measure(numbers: ProbeNumbers, probed: Probed): Measured<number> {
  const values = PROBE_QUANTITIES.map((name) => [name, QUANTITIES[name].value(numbers, probed)] as const);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined)) as Measured<number>;
}
