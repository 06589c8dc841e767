import type { Layer } from '../config.ts';
import { addMoments } from '../moments/sums.ts';
import * as op from '../program/operations.ts';
import { describeMap } from '../shapes/size.ts';
import type { LayerKind } from './layer-kind.ts';
import { noParameters } from './layer-kind.ts';

/** Σ x_i, maps of one shape: what joins a branch with its shortcut (He et al., "Deep Residual Learning", 2015, equation 1). */
export const sum: LayerKind<Layer> = {
  type: 'sum',
  read: () => ({}),

  shape(layer, inputs) {
    const [first, ...others] = inputs;
    const other = others.find((map) => map.join() !== first.join());
    return other
      ? {
          problem: `${layer.name} adds maps of one shape, but gets ${describeMap(first)} and ${describeMap(other)}`,
        }
      : { shape: first };
  },

  parameters: () => [],

  forward: (b, _placed, inputs) => ({
    output: op.addAll(b, inputs),
    backward: (gradient, { inputNeeded }) => ({
      inputs: inputNeeded ? inputs.map(() => gradient) : [],
      parameters: noParameters,
    }),
  }),

  // Exact where all inputs but one end in weights without a rectifier: given the others, these have mean 0.
  propagate: (_placed, inputs) => ({ output: addMoments(inputs) }),

  backpropagate: ({ inputs }, moments) => ({ inputs: inputs.map(() => moments) }),
};
