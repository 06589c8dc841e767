import type { DenseLayer } from '../config.ts';
import { meanMoment, scaleMoments, uniformMoments } from '../moments/moments.ts';
import * as op from '../program/operations.ts';
import { mapSize } from '../shapes/size.ts';
import type { LayerKind } from './layer-kind.ts';
import { momentFactor } from './rectifier.ts';
import { activate, rectifyMoments, weightedParameters } from './weighted.ts';

/** A fully connected layer, y_l = W_l x_l + b_l (paper, equation 5), with its bias, rectifier and dropout; a map is flattened as height, width, channels. */
export const dense: LayerKind<DenseLayer> = {
  shape: (layer) => ({ shape: [1, 1, layer.units] }),

  parameters: (layer, input) => weightedParameters(layer, [mapSize(input), layer.units]),

  forward(b, { layer, input: map }, x, context) {
    const weights = context.read('weight');
    const flat = op.reshape(b, x, [x.shape[0] ?? 1, mapSize(map)]);
    const activated = activate(b, op.matMul(b, [flat, weights]), { layer, context });
    const mask = layer.dropout > 0 ? context.dropoutMask?.(layer.units) : undefined;
    return {
      preActivation: activated.preActivation,
      output: mask ? op.multiply(b, activated.output, mask) : activated.output,
      backward(dOutput, { inputNeeded }) {
        const own = op.reshape(b, dOutput, activated.output.shape);
        const { gradient, parameters } = activated.backward(mask ? op.multiply(b, own, mask) : own);
        parameters.set('weight', op.matMul(b, [flat, gradient], { a: true }));
        const input = inputNeeded ? op.reshape(b, op.matMul(b, [gradient, weights], { b: true }), x.shape) : undefined;
        return { input, parameters };
      },
    };
  },

  // A dense layer is a convolution whose kernel is as large as its map.
  overWindows(b, { layer, input: [height, width, channels] }, x, context) {
    const kernel = op.reshape(b, context.read('weight'), [height, width, channels, layer.units]);
    return activate(b, op.conv2d(b, [x, kernel], { stride: 1, padding: 'valid' }), { layer, context }).output;
  },

  // Var[y] = n·Var[w]·E[x²] (paper, equation 7); a unit that is dropped with probability p leaves 1/(1 − p) of E[x²].
  propagate({ layer, input }, moments, weightVariance) {
    const y = uniformMoments(1, 1, mapSize(input) * weightVariance * meanMoment(moments), moments.correlation);
    return { preActivation: y, output: scaleMoments(rectifyMoments(layer, y), 1 / (1 - layer.dropout)) };
  },

  // Var[Δx] = n̂·Var[w]·Var[Δy] (paper, equations 11 and 12).
  backpropagate({ layer, input }, moments, weightVariance) {
    const y = scaleMoments(moments, momentFactor(layer.activation) / (1 - layer.dropout));
    const value = layer.units * weightVariance * meanMoment(y);
    return { preActivation: y, input: uniformMoments(input[0], input[1], value) };
  },
};
