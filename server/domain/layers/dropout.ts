import type { Layer } from '../config.ts';
import { scaleMoments } from '../moments/moments.ts';
import { withOwnMoments } from '../moments/pairs.ts';
import * as op from '../program/operations.ts';
import { real } from '../settings/fields.ts';
import { mapSize } from '../shapes/size.ts';
import type { LayerKind } from './layer-kind.ts';
import { noParameters } from './layer-kind.ts';
import { named } from './named-settings.ts';

/** Sets numbers of a map to zero in training, each with probability p; the others are divided by 1 − p. */
export interface DropoutLayer extends Layer {
  readonly rate: number;
}

const settings = {
  rate: real(
    { min: 0, below: 1 },
    {
      description: 'Share of the numbers that are set to zero in training; the others are divided by 1 − p.',
      unit: 'share from 0 to 1',
    },
  ),
};

export const dropout: LayerKind<DropoutLayer> = {
  type: 'dropout',
  written: {
    description: 'Sets a share of the map’s numbers to zero in training, drawn at every step; tests use all of them.',
    settings,
    beside: named,
    short: 'rate',
    prefix: 'dropout',
    snippet: '<0.5>',
    decisive: 'rate',
  },
  read: ({ rate }: { rate: number }) => ({ rate }),

  shape: (_layer, [input]) => ({ shape: input }),

  parameters: () => [],

  dropout: ({ layer, input }) => (layer.rate > 0 ? { units: mapSize(input), rate: layer.rate } : undefined),

  forward(b, { layer, input }, [x], { dropoutMask }) {
    const drawn = layer.rate > 0 ? dropoutMask?.(mapSize(input)) : undefined;
    const mask = drawn && op.reshape(b, drawn, x.shape);
    return {
      output: mask ? op.multiply(b, x, mask) : x,
      backward: (gradient, { inputNeeded }) => ({
        inputs: inputNeeded ? [mask ? op.multiply(b, gradient, mask) : gradient] : [],
        parameters: noParameters,
      }),
    };
  },

  // E[(x·m)²] = E[x²]/(1 − p) for a mask m of 0 and 1/(1 − p); the product of two positions is unchanged.
  propagate({ layer }, [moments]) {
    const factor = 1 / (1 - layer.rate);
    const scaled = scaleMoments(moments, factor, moments.correlation / factor);
    return { output: moments.pairs ? { ...scaled, pairs: withOwnMoments(moments.pairs, factor) } : scaled };
  },

  backpropagate: ({ layer }, moments) => ({ inputs: [scaleMoments(moments, 1 / (1 - layer.rate))] }),
};
