/** Names of what a probe measures; apart from the requests so that the panel can read them without the RPC library. */

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
