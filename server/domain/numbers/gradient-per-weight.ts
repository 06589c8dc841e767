/** How large a layer's gradient is beside its weights, which is what tells whether a step can move them. */

/** L2 norms of a layer's gradient ∂E/∂w and of its weights w. */
export interface LayerNorms {
  readonly gradientNorm: number;
  readonly weightNorm: number;
}

/** ‖∂E/∂w‖ / ‖w‖; 0 where there is no gradient, whatever the weights; NaN for a gradient beside weights that are all 0. */
export const gradientPerWeight = ({ gradientNorm, weightNorm }: LayerNorms): number =>
  gradientNorm === 0 ? 0 : weightNorm === 0 ? Number.NaN : gradientNorm / weightNorm;

/** Least gradient per weight, median over layers, of a network that can learn. */
export const LEAST_GRADIENT_PER_WEIGHT = 3e-3;
