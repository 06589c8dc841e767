import type { GlobalAveragePoolLayer } from '../config.ts';
import * as op from '../program/operations.ts';
import { uniformMoments } from '../propagation/moments.ts';
import type { LayerRule } from './layer-rule.ts';
import { noParameters } from './layer-rule.ts';
import { averageMoment } from './pool-moments.ts';

/** The mean of each channel over the whole map. */
export const globalAveragePool: LayerRule<GlobalAveragePoolLayer> = {
  shape: (_layer, [, , channels]) => ({ shape: [1, 1, channels] }),

  parameters: () => [],

  forward(b, { input: [height, width, channels] }, x) {
    const shape = [x.shape[0] ?? 1, 1, 1, channels];
    return {
      output: op.reshape(b, op.mean(b, x, [1, 2]), shape),
      backward: (gradient, { inputNeeded }) => ({
        input: inputNeeded
          ? op.broadcastTo(b, op.multiply(b, gradient, b.constant(1 / (height * width))), x.shape)
          : undefined,
        parameters: noParameters,
      }),
    };
  },

  propagate(_placed, moments) {
    const whole = { position: 0, top: 0, bottom: moments.height, left: 0, right: moments.width };
    return { output: uniformMoments(1, 1, averageMoment(moments, whole), moments.correlation) };
  },

  backpropagate({ input: [height, width] }, moments) {
    return { input: uniformMoments(height, width, (moments.values[0] ?? 0) / (height * width) ** 2) };
  },
};
