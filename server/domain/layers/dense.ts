import type { WeightedLayer } from '../config.ts';
import { meanMoment, scaleMoments, uniformMoments } from '../moments/moments.ts';
import * as op from '../program/operations.ts';
import { real, whole } from '../settings/fields.ts';
import { mapSize } from '../shapes/size.ts';
import type { LayerKind } from './layer-kind.ts';
import { momentFactor } from './rectifier.ts';
import { activate, rectifyMoments, weightedParameters } from './weighted.ts';
import { weighted } from './weighted-settings.ts';

export interface DenseLayer extends WeightedLayer {
  readonly units: number;
  /** Share of the layer's outputs set to zero in training, 0 ≤ p < 1; the rest is scaled by 1/(1 − p). */
  readonly dropout: number;
}

const dropout = real(
  { min: 0, below: 1 },
  {
    description: 'Share of the layer’s outputs set to zero in training; the rest is scaled by 1 / (1 − p).',
    unit: 'share from 0 to 1',
    default: 0,
  },
);

const settings = {
  units: whole(
    { min: 1, max: 1_000_000 },
    { description: 'Outputs of the layer. The last layer’s are the logits.', unit: 'units' },
  ),
};

/** A fully connected layer, y_l = W_l x_l + b_l (paper, equation 5), with its bias, rectifier and dropout; a map is flattened as height, width, channels. */
export const dense: LayerKind<DenseLayer> = {
  type: 'dense',
  written: {
    description: 'Fully connected layer over the whole map, with bias and rectifier. The last one gives the logits.',
    settings,
    beside: { ...weighted, dropout: dropout.optional() },
    prefix: 'dense',
    snippet: '{units: <10>}',
    alsoCalled: ['fc', 'fully_connected'],
    decisive: 'units',
  },
  read: ({ units, dropout = 0 }: { units: number; dropout?: number }) => ({ units, dropout }),

  shape: (layer) => ({ shape: [1, 1, layer.units] }),

  parameters: (layer, input) => weightedParameters(layer, [mapSize(input), layer.units]),

  fans: ({ layer, input }) => ({ fanIn: mapSize(input), fanOut: layer.units }),
  outputs: 'units',
  takesVectors: true,
  dropout: ({ layer }) => (layer.dropout > 0 ? { units: layer.units, rate: layer.dropout } : undefined),

  // With more weights than activations, machines that share a step send each other the activations (Krizhevsky, arXiv 1404.5997).
  ofWholeBatch({ layer, input }, examples) {
    const inputs = mapSize(input);
    return inputs * layer.units > examples * (inputs + layer.units);
  },

  forward(b, { layer, input: map }, [x], context) {
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
        const inputs = inputNeeded ? [op.reshape(b, op.matMul(b, [gradient, weights], { b: true }), x.shape)] : [];
        return { inputs, parameters };
      },
    };
  },

  // A dense layer is a convolution whose kernel is as large as its map.
  overWindows(b, { layer, input: [height, width, channels] }, x, context) {
    const kernel = op.reshape(b, context.read('weight'), [height, width, channels, layer.units]);
    return activate(b, op.conv2d(b, [x, kernel], { stride: 1, padding: 'valid' }), { layer, context }).output;
  },

  // Var[y] = n·Var[w]·E[x²] (paper, equation 7); dropout with probability p multiplies E[x²] by 1/(1 − p).
  propagate({ layer, input }, [moments], weightVariance) {
    const y = uniformMoments(1, 1, mapSize(input) * weightVariance * meanMoment(moments), moments.correlation);
    return { preActivation: y, output: scaleMoments(rectifyMoments(layer, y), 1 / (1 - layer.dropout)) };
  },

  // Var[Δx] = n̂·Var[w]·Var[Δy] (paper, equations 11 and 12).
  backpropagate({ layer, input }, moments, weightVariance) {
    const y = scaleMoments(moments, momentFactor(layer.activation) / (1 - layer.dropout));
    const value = layer.units * weightVariance * meanMoment(y);
    return { preActivation: y, inputs: [uniformMoments(input[0], input[1], value)] };
  },
};
