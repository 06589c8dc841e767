import { z } from 'zod';
import type { WeightedLayer } from '../config.ts';
import { type Grid, gather, type Stretch, scaleMoments, spread } from '../moments/moments.ts';
import { convolvedPairs, type Taps } from '../moments/pairs.ts';
import * as op from '../program/operations.ts';
import { documented, whole } from '../settings/fields.ts';
import { describeMap } from '../shapes/size.ts';
import { windows } from '../shapes/windows.ts';
import type { LayerKind, PlacedLayer } from './layer-kind.ts';
import { pixels } from './named-settings.ts';
import { momentFactor } from './rectifier.ts';
import { activate, rectifyMoments, weightedParameters } from './weighted.ts';
import { weighted } from './weighted-settings.ts';

export interface ConvLayer extends WeightedLayer {
  readonly filters: number;
  /** Side of the square kernel, pixels. */
  readonly kernel: number;
  readonly stride: number;
  readonly padding: 'same' | 'valid';
}

const padding = documented(z.enum(['same', 'valid']), {
  description: '`same`: zeros around the map, so the output has ⌈size / stride⌉. `valid`: no zeros, the map shrinks.',
  default: 'same',
});

const settings = {
  filters: whole(
    { min: 1, max: 65_536 },
    { description: 'Filters of the layer: channels of its output.', unit: 'channels' },
  ),
  kernel: pixels('Side of the square kernel.'),
  stride: pixels('Step from one window to the next.', 1).optional(),
};

interface Settings {
  readonly filters: number;
  readonly kernel: number;
  readonly stride?: number;
  readonly padding?: 'same' | 'valid';
}

/** The receptive windows of the outputs on the input map, clipped to it: padding is zeros and adds nothing. */
function grid({ layer, input }: PlacedLayer<ConvLayer>): Grid {
  const along = (length: number): Stretch[] => {
    const { output, before } = windows(length, layer.kernel, layer);
    return Array.from({ length: output }, (_, i) => {
      const start = i * layer.stride - before;
      return { start: Math.max(0, start), end: Math.min(length, start + layer.kernel) };
    });
  };
  return { rows: along(input[0]), columns: along(input[1]) };
}

/** The same windows before they are clipped, for pairs of positions. */
function taps({ layer, input }: PlacedLayer<ConvLayer>): { rows: Taps; columns: Taps } {
  const along = (length: number): Taps => {
    const { output, before } = windows(length, layer.kernel, layer);
    return { starts: Array.from({ length: output }, (_, i) => i * layer.stride - before), size: layer.kernel };
  };
  return { rows: along(input[0]), columns: along(input[1]) };
}

/** A convolution with its bias and rectifier: y_l = W_l x_l + b_l over k×k×c inputs (paper, equation 5). */
export const conv: LayerKind<ConvLayer> = {
  type: 'conv',
  written: {
    description: 'Convolution over square windows, with bias and rectifier.',
    settings,
    beside: { ...weighted, padding: padding.optional() },
    prefix: 'conv',
    snippet: '{filters: <16>, kernel: <3>}',
    alsoCalled: ['conv2d', 'convolution'],
    decisive: 'kernel',
  },
  read: ({ filters, kernel, stride = 1, padding = 'same' }: Settings) => ({ filters, kernel, stride, padding }),

  shape(layer, [input]) {
    const [height, width] = input;
    if (layer.padding === 'valid' && layer.kernel > Math.min(height, width))
      return {
        problem: `a ${layer.kernel}×${layer.kernel} kernel without padding does not fit the ${describeMap(input)} map that reaches ${layer.name}; use a smaller kernel or \`padding: same\``,
      };
    const along = (length: number) => windows(length, layer.kernel, layer).output;
    return { shape: [along(height), along(width), layer.filters] };
  },

  parameters: (layer, input) => weightedParameters(layer, [layer.kernel, layer.kernel, input[2], layer.filters]),

  fans: ({ layer, input }) => {
    const area = layer.kernel * layer.kernel;
    return { fanIn: area * input[2], fanOut: area * layer.filters };
  },
  outputs: 'filters',

  forward(b, { layer }, [x], context) {
    const weights = context.read('weight');
    const activated = activate(b, op.conv2d(b, [x, weights], layer), { layer, context });
    const { stride, padding } = layer;
    return {
      preActivation: activated.preActivation,
      output: activated.output,
      backward(dOutput, { inputNeeded }) {
        const { gradient, parameters } = activated.backward(dOutput);
        parameters.set('weight', op.conv2dBackpropFilter(b, [x, gradient], { stride, padding, shape: weights.shape }));
        const inputs = inputNeeded
          ? [op.conv2dBackpropInput(b, [weights, gradient], { stride, padding, shape: x.shape })]
          : [];
        return { inputs, parameters };
      },
    };
  },

  // Var[y] = c·Var[w]·Σ E[x²] over the window (paper, equation 7, with the border's missing inputs).
  propagate(placed, [moments], weightVariance) {
    const summed = scaleMoments(gather(moments, grid(placed)), placed.input[2] * weightVariance);
    const y = moments.pairs ? { ...summed, pairs: convolvedPairs(moments.pairs, taps(placed)) } : summed;
    return { preActivation: y, output: rectifyMoments(placed.layer, y) };
  },

  // Var[Δx] = d·Var[w]·Σ Var[Δy] over the windows that hold x (paper, equations 11 and 12).
  backpropagate(placed, moments, weightVariance) {
    const y = scaleMoments(moments, momentFactor(placed.layer.activation));
    const input = scaleMoments(spread(y, grid(placed), placed.input), placed.layer.filters * weightVariance);
    return { preActivation: y, inputs: [input] };
  },
};
