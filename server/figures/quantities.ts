/** What can be shown of every layer: a quantity owns its name, unit, scale, format, and the limit it is judged by. */
import { formatNumber } from '../domain/numbers/format.ts';
import { LEAST_GRADIENT_PER_WEIGHT } from '../domain/rules/vanishing-gradient.ts';
import { gradientPerWeightAt, PROBE_QUANTITIES, type ProbeQuantity } from '../protocol/quantities.ts';

export type LayerQuantityId =
  | 'gradient_per_weight'
  | 'gradient_norm'
  | 'weight_norm'
  | 'update_ratio'
  | 'activation_std'
  | 'dead_fraction'
  | 'slope_mean';

export interface LayerQuantity {
  readonly id: LayerQuantityId;
  /** For a menu and a heading. */
  readonly title: string;
  /** For an axis: the formula, or what is counted. */
  readonly axis: string;
  readonly scale: 'logarithmic' | 'linear';
  /** Ends of the colour scale where they are fixed by what is measured. */
  readonly range?: readonly [low: number, high: number];
  /** A limit to draw, and where it comes from. */
  readonly threshold?: { readonly value: number; readonly label: string };
  /** NaN means that the layer has no such thing, not that the number is broken. */
  readonly mayBeAbsent?: boolean;
  /** Its value at one probe of one layer: `values` is [probe][layer][quantity], `offset` where the layer's begin. */
  readonly read: (values: Float32Array, offset: number) => number;
}

/** Numbers that one layer takes in one probe. */
export const QUANTITIES_PER_LAYER = PROBE_QUANTITIES.length;

const column = (quantity: ProbeQuantity) => {
  const index = PROBE_QUANTITIES.indexOf(quantity);
  return (values: Float32Array, offset: number): number => values[offset + index] as number;
};

export const LAYER_QUANTITIES: readonly LayerQuantity[] = [
  {
    id: 'gradient_per_weight',
    title: 'Gradient per weight',
    axis: '‖g‖ / ‖w‖',
    scale: 'logarithmic',
    // Of the median layer; rule `vanishing-gradient`.
    threshold: {
      value: LEAST_GRADIENT_PER_WEIGHT,
      label: `vanishing-gradient ${formatNumber(LEAST_GRADIENT_PER_WEIGHT)}`,
    },
    read: gradientPerWeightAt,
  },
  {
    id: 'gradient_norm',
    title: 'Gradient norm',
    axis: '‖g‖, L2 norm',
    scale: 'logarithmic',
    read: column('gradient_norm'),
  },
  { id: 'weight_norm', title: 'Weight norm', axis: '‖w‖, L2 norm', scale: 'logarithmic', read: column('weight_norm') },
  {
    id: 'update_ratio',
    title: 'Update ratio',
    axis: '‖Δw‖ / ‖w‖',
    scale: 'logarithmic',
    read: column('update_ratio'),
  },
  {
    id: 'activation_std',
    title: 'Pre-activation deviation',
    axis: 'standard deviation',
    scale: 'logarithmic',
    read: column('activation_std'),
  },
  {
    id: 'dead_fraction',
    title: 'Dead rectifiers',
    axis: 'share of units',
    scale: 'linear',
    range: [0, 1],
    read: column('dead_fraction'),
  },
  {
    id: 'slope_mean',
    title: 'Mean slope (PReLU)',
    axis: 'slope of the negative part',
    scale: 'linear',
    mayBeAbsent: true,
    read: column('slope_mean'),
  },
];

export const layerQuantity = (id: LayerQuantityId): LayerQuantity =>
  LAYER_QUANTITIES.find((quantity) => quantity.id === id) ?? (LAYER_QUANTITIES[0] as LayerQuantity);
