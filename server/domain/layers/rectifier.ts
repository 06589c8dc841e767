/**
 * The rectifiers of the paper's section 2.1: f(y) = max(0, y) + a·min(0, y), equation 1. They belong to a weighted
 * layer, so they are not separate layers and do not count for the depth.
 */
import type { Activation } from '../config.ts';
import type { Builder } from '../program/builder.ts';
import type { Value } from '../program/operation.ts';
import * as op from '../program/operations.ts';

/** The slope a of the negative part: a PReLU's initial slope; 1 without a rectifier. */
export const slopeOf = (activation: Activation): number =>
  activation.kind === 'none' ? 1 : activation.kind === 'relu' ? 0 : activation.slope;

interface Rectified {
  readonly output: Value;
  /** ∂E/∂y and, for a PReLU, ∂E/∂a. */
  backward(gradient: Value): { input: Value; slope?: Value };
}

/** Emits f(y). `slope` is the value of a PReLU's coefficients, [channels] or [1]. */
export function rectify(
  b: Builder,
  y: Value,
  { activation, slope }: { activation: Activation; slope?: Value },
): Rectified {
  switch (activation.kind) {
    case 'none':
      return { output: y, backward: (gradient) => ({ input: gradient }) };
    case 'relu': {
      const output = op.relu(b, y);
      // The output shows as well as the input where y was positive, and is kept for the next layer anyway.
      return { output, backward: (gradient) => ({ input: op.reluGrad(b, gradient, output) }) };
    }
    case 'leaky_relu': {
      const output = op.leakyRelu(b, y, activation.slope);
      return { output, backward: (gradient) => ({ input: op.leakyReluGrad(b, [gradient, y], activation.slope) }) };
    }
    case 'prelu': {
      if (!slope) throw new Error('a PReLU needs its slope');
      return prelu(b, y, slope);
    }
  }
}

function prelu(b: Builder, y: Value, slope: Value): Rectified {
  const positive = op.relu(b, y);
  const negative = op.minimum(b, y, b.constant(0));
  const output = op.add(b, positive, op.multiply(b, negative, slope));
  return {
    output,
    backward(gradient) {
      const throughPositive = op.reluGrad(b, gradient, y);
      const throughNegative = op.subtract(b, gradient, throughPositive);
      const input = op.add(b, throughPositive, op.multiply(b, throughNegative, slope));
      // Paper, equations 2 and 3: ∂f/∂a is y where y ≤ 0, else 0, summed over positions; a shared slope sums over channels too.
      const byChannel = op.biasAddGrad(b, op.multiply(b, gradient, negative));
      const shared = slope.shape[0] === 1 && byChannel.shape[0] !== 1;
      return { input, slope: shared ? op.reshape(b, op.sum(b, byChannel), [1]) : byChannel };
    },
  };
}

/** The factor of a rectifier on a second moment of symmetric pre-activations: ½(1 + a²) (paper, equations 8 and 15). */
export const momentFactor = (activation: Activation): number => (1 + slopeOf(activation) ** 2) / 2;

/**
 * Correlation of two positions after a rectifier of slope a, from the correlation of their Gaussian pre-activations (the
 * arc-cosine kernel of degree 1, here for any slope; all quantities are second moments, mean included).
 */
export function rectifiedCorrelation(activation: Activation): (correlation: number) => number {
  const a = slopeOf(activation);
  const odd = (1 + a) ** 2 / 4 / momentFactor(activation);
  const even = (1 - a) ** 2 / 2 / Math.PI / momentFactor(activation);
  return (correlation) => {
    const r = Math.min(1, Math.max(-1, correlation));
    return odd * r + even * (Math.sqrt(1 - r * r) + r * Math.asin(r));
  };
}
