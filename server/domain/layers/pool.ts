import type { PoolLayer } from '../config.ts';
import { describeMap } from '../network/size.ts';
import { windows } from '../network/windows.ts';
import * as op from '../program/operations.ts';
import type { Patch } from '../propagation/moments.ts';
import type { LayerRule, PlacedLayer } from './layer-rule.ts';
import { noParameters } from './layer-rule.ts';
import { averageMoment, maximumMoment, spreadAverage, spreadMaximum } from './pool-moments.ts';

function* patches({ layer, output }: PlacedLayer<PoolLayer>): Generator<Patch> {
  for (let row = 0; row < output[0]; row++)
    for (let column = 0; column < output[1]; column++) {
      const top = row * layer.stride;
      const left = column * layer.stride;
      yield { position: row * output[1] + column, top, bottom: top + layer.size, left, right: left + layer.size };
    }
}

/** Maximum or average over size×size windows, without padding; an incomplete window is dropped. */
export const pool: LayerRule<PoolLayer> = {
  shape(layer, input) {
    const [height, width, channels] = input;
    if (layer.size > Math.min(height, width))
      return {
        problem: `a ${layer.size}×${layer.size} pool does not fit the ${describeMap(input)} map that reaches ${layer.name}; use a smaller size`,
      };
    const along = (length: number) => windows(length, layer.size, { stride: layer.stride, padding: 'valid' }).output;
    return { shape: [along(height), along(width), channels] };
  },

  parameters: () => [],

  forward(b, { layer }, x) {
    const window = { size: [layer.size, layer.size], stride: [layer.stride, layer.stride] } as const;
    const maximum = layer.type === 'max_pool';
    const output = maximum ? op.maxPool(b, x, window) : op.avgPool(b, x, window);
    return {
      output,
      backward: (gradient, { inputNeeded }) => ({
        input: !inputNeeded
          ? undefined
          : maximum
            ? op.maxPoolGrad(b, [x, output, gradient], window)
            : op.avgPoolGrad(b, gradient, { ...window, shape: x.shape }),
        parameters: noParameters,
      }),
    };
  },

  propagate(placed, moments) {
    const moment = placed.layer.type === 'max_pool' ? maximumMoment : averageMoment;
    const values = new Float64Array(placed.output[0] * placed.output[1]);
    for (const patch of patches(placed)) values[patch.position] = moment(moments, patch);
    return { output: { height: placed.output[0], width: placed.output[1], values, correlation: moments.correlation } };
  },

  backpropagate(placed, moments) {
    const spread = placed.layer.type === 'max_pool' ? spreadMaximum : spreadAverage;
    const values = new Float64Array(placed.input[0] * placed.input[1]);
    for (const patch of patches(placed))
      spread(values, placed.input[1], { patch, moment: moments.values[patch.position] ?? 0 });
    return { input: { height: placed.input[0], width: placed.input[1], values, correlation: 0 } };
  },
};
