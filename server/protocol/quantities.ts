/** Names of what a probe measures; apart from the requests so that the panel can read them without the RPC library. */
import { gradientPerWeight } from '../domain/numbers/gradient-per-weight.ts';
import type { LayerProbe } from './events.ts';
import { fromScalar } from './scalar.ts';

/** The quantities of a probe, in the order in which `ProbeColumns.values` holds them. */
export const PROBE_QUANTITIES = [
  'gradient_norm',
  'weight_norm',
  'decay_norm',
  'update_ratio',
  'activation_std',
  'activation_rms',
  'dead_fraction',
  'slope_mean',
] as const;
export type ProbeQuantity = (typeof PROBE_QUANTITIES)[number];

/** Gradient per weight of a layer, as its probe came over the wire. */
export const probedGradientPerWeight = ({
  gradient_norm,
  weight_norm,
}: Pick<LayerProbe, 'gradient_norm' | 'weight_norm'>): number =>
  gradientPerWeight({ gradientNorm: fromScalar(gradient_norm), weightNorm: fromScalar(weight_norm) });

const GRADIENT_NORM = PROBE_QUANTITIES.indexOf('gradient_norm');
const WEIGHT_NORM = PROBE_QUANTITIES.indexOf('weight_norm');

/** The same of the layer whose quantities begin at `offset` of a column's values. */
export const gradientPerWeightAt = (values: Float32Array | Float64Array, offset: number): number =>
  gradientPerWeight({
    gradientNorm: values[offset + GRADIENT_NORM] ?? Number.NaN,
    weightNorm: values[offset + WEIGHT_NORM] ?? Number.NaN,
  });
