import type { ConvLayer } from '../config.ts';
import { describeMap } from '../network/size.ts';
import { windows } from '../network/windows.ts';
import * as op from '../program/operations.ts';
import { addToPatch, type Moments, type Patch, patchSum, scaleMoments } from '../propagation/moments.ts';
import type { LayerRule, PlacedLayer } from './layer-rule.ts';
import { momentFactor } from './rectifier.ts';
import { activate, rectifyMoments, weightedParameters } from './weighted.ts';

/** The receptive window of each output position on the input map, clipped to it: padding is zeros and adds nothing. */
function* patches({ layer, input, output }: PlacedLayer<ConvLayer>): Generator<Patch> {
  const rows = windows(input[0], layer.kernel, layer);
  const columns = windows(input[1], layer.kernel, layer);
  for (let row = 0; row < output[0]; row++)
    for (let column = 0; column < output[1]; column++) {
      const top = row * layer.stride - rows.before;
      const left = column * layer.stride - columns.before;
      yield {
        position: row * output[1] + column,
        top: Math.max(0, top),
        bottom: Math.min(input[0], top + layer.kernel),
        left: Math.max(0, left),
        right: Math.min(input[1], left + layer.kernel),
      };
    }
}

/** A convolution with its bias and rectifier: y_l = W_l x_l + b_l over k×k×c inputs (paper, section 2.2). */
export const conv: LayerRule<ConvLayer> = {
  shape(layer, input) {
    const [height, width] = input;
    if (layer.padding === 'valid' && layer.kernel > Math.min(height, width))
      return {
        problem: `a ${layer.kernel}×${layer.kernel} kernel without padding does not fit the ${describeMap(input)} map that reaches ${layer.name}; use a smaller kernel or \`padding: same\``,
      };
    const along = (length: number) => windows(length, layer.kernel, layer).output;
    return { shape: [along(height), along(width), layer.filters] };
  },

  parameters: (layer, input) => weightedParameters(layer, [layer.kernel, layer.kernel, input[2], layer.filters]),

  forward(b, { layer }, x, context) {
    const weights = context.read('weight');
    const activated = activate(b, op.conv2d(b, [x, weights], layer), { layer, context });
    const { stride, padding } = layer;
    return {
      preActivation: activated.preActivation,
      output: activated.output,
      backward(dOutput, { inputNeeded }) {
        const { gradient, parameters } = activated.backward(dOutput);
        parameters.set('weight', op.conv2dBackpropFilter(b, [x, gradient], { stride, padding, shape: weights.shape }));
        const input = inputNeeded
          ? op.conv2dBackpropInput(b, [weights, gradient], { stride, padding, shape: x.shape })
          : undefined;
        return { input, parameters };
      },
    };
  },

  // Var[y] = c·Var[w]·Σ E[x²] over the window (paper, equation 7, with the border's missing inputs).
  propagate(placed, moments, weightVariance) {
    const values = new Float64Array(placed.output[0] * placed.output[1]);
    for (const patch of patches(placed))
      values[patch.position] = placed.input[2] * weightVariance * patchSum(moments, patch);
    const y: Moments = { height: placed.output[0], width: placed.output[1], values, correlation: moments.correlation };
    return { preActivation: y, output: rectifyMoments(placed.layer, y) };
  },

  // Var[Δx] = d·Var[w]·Σ Var[Δy] over the windows that hold x (paper, equations 13 and 14).
  backpropagate(placed, moments, weightVariance) {
    const y = scaleMoments(moments, momentFactor(placed.layer.activation));
    const values = new Float64Array(placed.input[0] * placed.input[1]);
    for (const patch of patches(placed)) {
      const amount = placed.layer.filters * weightVariance * (y.values[patch.position] ?? 0);
      addToPatch(values, placed.input[1], { ...patch, amount });
    }
    return { preActivation: y, input: { ...moments, height: placed.input[0], width: placed.input[1], values } };
  },
};
