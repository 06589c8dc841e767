/**
 * Stochastic gradient descent with momentum: v ← μ·v − η·(g + λ·w), w ← w + v (He et al. 2015, equation 4, as the paper's
 * framework has it: the rate inside the velocity). The velocity after the update is Δw.
 */
import type { SgdConfig } from '../config.ts';
import * as op from '../program/operations.ts';
import type { Optimizer } from './optimizer.ts';

const RATE = 'learning_rate';

/** Smallest normal single-precision number. Smaller ones count as 0, as in the engines: processors are a hundred times slower on them. */
const SMALLEST = 1.17549435e-38;

export const sgd = ({ momentum }: SgdConfig): Optimizer => ({
  // Without a name: it was the only optimiser when the first checkpoints were saved, and their hashes must still match.
  settings: { momentum },
  states: ['velocity'],
  inputs: { [RATE]: ({ rate }) => rate },

  emitter(b, input) {
    const share = b.constant(momentum);
    return ({ variable, states: [velocity], before, gradient, decay }) => {
      if (!velocity) throw new Error(`${variable.name} has no velocity`);
      const total = decay > 0 ? op.add(b, gradient, op.multiply(b, before, b.constant(decay))) : gradient;
      const effect = op.applyMomentum(
        b,
        { variable, accumulator: velocity, before },
        { rate: input(RATE), gradient: total, momentum: share },
      );
      return { effect, change: () => b.read(velocity, [effect]) };
    };
  },

  move({ weights, states: [velocity], gradient, decay }, { rate }, { begin, end }) {
    if (!velocity) throw new Error('a parameter has no velocity');
    for (let i = begin; i < end; i++) {
      const weight = weights[i] as number;
      const next = momentum * (velocity[i] as number) - rate * ((gradient[i] as number) + decay * weight);
      // A comparison that the processor predicts: one with a random sign it does not, and takes three times as long.
      velocity[i] = Math.abs(next) < SMALLEST ? 0 : next;
      weights[i] = weight + (velocity[i] as number);
    }
    return velocity;
  },

  effectiveRate: (rate) => rate / (1 - momentum),
  rateOf: (effective) => effective * (1 - momentum),
});
