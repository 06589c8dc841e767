import type { Layer } from '../config.ts';
import { type Grid, gather, type Stretch, scaleMoments, spread } from '../moments/moments.ts';
import { averagedPairs, maximumPairs, windowsOf, withinWindows } from '../moments/pairs.ts';
import { averageFactor, maximumFactor } from '../moments/pool-moments.ts';
import * as op from '../program/operations.ts';
import { documented } from '../settings/fields.ts';
import { describeMap } from '../shapes/size.ts';
import { windows } from '../shapes/windows.ts';
import type { LayerKind, PlacedLayer } from './layer-kind.ts';
import { noParameters } from './layer-kind.ts';
import { named, pixels } from './named-settings.ts';

export interface PoolLayer extends Layer {
  readonly size: number;
  readonly stride: number;
}

const settings = {
  size: pixels('Side of the square window.'),
  stride: documented(pixels('Step from one window to the next.').optional(), {
    description: 'Step from one window to the next. Default: the size.',
    unit: 'pixels',
  }),
};

function grid({ layer, output }: PlacedLayer<PoolLayer>): Grid {
  const along = (windows: number): Stretch[] =>
    Array.from({ length: windows }, (_, i) => ({ start: i * layer.stride, end: i * layer.stride + layer.size }));
  return { rows: along(output[0]), columns: along(output[1]) };
}

/** Maximum or average over size×size windows, without padding; an incomplete window is dropped. */
const pool = (
  type: 'max_pool' | 'average_pool',
  { what, alsoCalled }: { what: string; alsoCalled: readonly string[] },
): LayerKind<PoolLayer> => ({
  type,
  written: {
    description: `${what} of each channel over square windows without padding; an incomplete window is dropped.`,
    settings,
    beside: named,
    prefix: 'pool',
    snippet: '{size: <2>}',
    alsoCalled,
    decisive: 'size',
  },
  read: ({ size, stride = size }: { size: number; stride?: number }) => ({ size, stride }),
  comparesPositions: true,

  shape(layer, [input]) {
    const [height, width, channels] = input;
    if (layer.size > Math.min(height, width))
      return {
        problem: `a ${layer.size}×${layer.size} pool does not fit the ${describeMap(input)} map that reaches ${layer.name}; use a smaller size`,
      };
    const along = (length: number) => windows(length, layer.size, { stride: layer.stride, padding: 'valid' }).output;
    return { shape: [along(height), along(width), channels] };
  },

  parameters: () => [],

  forward(b, { layer }, [x]) {
    const window = { size: [layer.size, layer.size], stride: [layer.stride, layer.stride] } as const;
    const maximum = type === 'max_pool';
    const output = maximum ? op.maxPool(b, x, window) : op.avgPool(b, x, window);
    return {
      output,
      backward: (gradient, { inputNeeded }) => ({
        inputs: !inputNeeded
          ? []
          : maximum
            ? [op.maxPoolGrad(b, [x, output, gradient], window)]
            : [op.avgPoolGrad(b, gradient, { ...window, shape: x.shape })],
        parameters: noParameters,
      }),
    };
  },

  propagate(placed, [moments]) {
    const m = placed.layer.size ** 2;
    const maximum = type === 'max_pool';
    const mean = scaleMoments(gather(moments, grid(placed)), 1 / m);
    const { pairs } = moments;
    if (!pairs)
      return { output: scaleMoments(mean, (maximum ? maximumFactor : averageFactor)(m, moments.correlation)) };
    if (!maximum) {
      const averaged = averagedPairs(pairs, grid(placed));
      return { output: { ...scaleMoments(mean, averaged.factor), pairs: averaged.pairs } };
    }
    const each = withinWindows(pairs, windowsOf(grid(placed)));
    const within = each.reduce((sum, correlation) => sum + correlation, 0) / each.length;
    return { output: { ...scaleMoments(mean, maximumFactor(m, within)), pairs: maximumPairs(pairs, grid(placed)) } };
  },

  // A maximum hands the gradient to one of m positions, E[δ²]/m each; an average δ/m to all of them.
  backpropagate(placed, moments) {
    const m = placed.layer.size ** 2;
    const share = type === 'max_pool' ? 1 / m : 1 / m ** 2;
    return { inputs: [scaleMoments(spread(moments, grid(placed), placed.input), share)] };
  },
});

export const maxPool = pool('max_pool', { what: 'Maximum', alsoCalled: ['maxpool'] });
export const averagePool = pool('average_pool', { what: 'Mean', alsoCalled: ['avgpool', 'avg_pool'] });
