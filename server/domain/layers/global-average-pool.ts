import type { Layer } from '../config.ts';
import { meanMoment, uniformMoments } from '../moments/moments.ts';
import { averagedPairs } from '../moments/pairs.ts';
import { averageFactor } from '../moments/pool-moments.ts';
import * as op from '../program/operations.ts';
import type { LayerKind } from './layer-kind.ts';
import { noParameters } from './layer-kind.ts';
import { named } from './named-settings.ts';

/** The mean of each channel over the whole map. */
export const globalAveragePool: LayerKind<Layer> = {
  type: 'global_average_pool',
  written: {
    description: 'The mean of each channel over the whole map.',
    settings: {},
    beside: named,
    alone: true,
    prefix: 'gap',
    alsoCalled: ['gap'],
  },
  read: () => ({}),
  comparesPositions: true,

  shape: (_layer, [[, , channels]]) => ({ shape: [1, 1, channels] }),

  parameters: () => [],

  forward(b, { input: [height, width, channels] }, [x]) {
    const shape = [x.shape[0] ?? 1, 1, 1, channels];
    return {
      output: op.reshape(b, op.mean(b, x, [1, 2]), shape),
      backward: (gradient, { inputNeeded }) => ({
        inputs: inputNeeded
          ? [op.broadcastTo(b, op.multiply(b, gradient, b.constant(1 / (height * width))), x.shape)]
          : [],
        parameters: noParameters,
      }),
    };
  },

  overWindows: (b, { input: [height, width] }, x) => op.avgPool(b, x, { size: [height, width], stride: [1, 1] }),

  propagate({ input: [height, width] }, [moments]) {
    const whole = { rows: [{ start: 0, end: height }], columns: [{ start: 0, end: width }] };
    const factor = moments.pairs
      ? averagedPairs(moments.pairs, whole).factor
      : averageFactor(height * width, moments.correlation);
    return { output: uniformMoments(1, 1, meanMoment(moments) * factor, moments.correlation) };
  },

  backpropagate({ input: [height, width] }, moments) {
    return { inputs: [uniformMoments(height, width, meanMoment(moments) / (height * width) ** 2)] };
  },
};
