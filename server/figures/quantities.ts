/** The quantities of every layer that can be shown, each with its name, unit, scale, format, and the limit of its rule. */

import { formatNumber } from '../domain/numbers/format.ts';
import { LEAST_GRADIENT_PER_WEIGHT } from '../domain/numbers/gradient-per-weight.ts';
import { type ProbeQuantity, QUANTITIES } from '../domain/probe/quantities.ts';
import { quantityIn } from '../protocol/probe-table.ts';
import { type RunData, tableOf } from './run-data.ts';

export type LayerQuantityId = 'gradient_per_weight' | Exclude<ProbeQuantity, 'decay_norm' | 'activation_rms'>;

export interface LayerQuantity {
  readonly id: LayerQuantityId;
  /** For a menu and a heading. */
  readonly title: string;
  /** For an axis: the formula, or the counted thing. */
  readonly axis: string;
  readonly scale: 'logarithmic' | 'linear';
  /** Ends of the colour scale, if fixed by the quantity. */
  readonly range?: readonly [low: number, high: number];
  /** A limit to draw, and its rule. */
  readonly threshold?: { readonly value: number; readonly label: string };
  /** NaN means that the layer does not have this quantity, not that the number is broken. */
  readonly mayBeAbsent?: boolean;
  /** Reads it at one probe of one layer, both from 0, of those that a run has now. */
  readonly of: (data: RunData) => (probe: number, layer: number) => number;
}

const measured =
  (quantity: ProbeQuantity): LayerQuantity['of'] =>
  (data) =>
    quantityIn(tableOf(data), quantity);

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
    of: (data) => {
      const [gradient, weight] = [quantityIn(tableOf(data), 'gradient_norm'), quantityIn(tableOf(data), 'weight_norm')];
      return (probe, layer) => gradient(probe, layer) / weight(probe, layer);
    },
  },
  {
    id: 'gradient_norm',
    title: 'Gradient norm',
    axis: '‖g‖, L2 norm',
    scale: 'logarithmic',
    of: measured('gradient_norm'),
  },
  { id: 'weight_norm', title: 'Weight norm', axis: '‖w‖, L2 norm', scale: 'logarithmic', of: measured('weight_norm') },
  {
    id: 'update_ratio',
    title: 'Update ratio',
    axis: '‖Δw‖ / ‖w‖',
    scale: 'logarithmic',
    of: measured('update_ratio'),
  },
  {
    id: 'activation_std',
    title: 'Pre-activation deviation',
    axis: 'standard deviation',
    scale: 'logarithmic',
    of: measured('activation_std'),
  },
  {
    id: 'dead_fraction',
    title: 'Dead rectifiers',
    axis: 'share of units',
    scale: 'linear',
    range: [0, 1],
    of: measured('dead_fraction'),
  },
  {
    id: 'slope_mean',
    title: 'Mean slope (PReLU)',
    axis: 'slope of the negative part',
    scale: 'linear',
    mayBeAbsent: QUANTITIES.slope_mean.mayBeAbsent,
    of: measured('slope_mean'),
  },
];

export const layerQuantity = (id: LayerQuantityId): LayerQuantity =>
  LAYER_QUANTITIES.find((quantity) => quantity.id === id) ?? (LAYER_QUANTITIES[0] as LayerQuantity);
