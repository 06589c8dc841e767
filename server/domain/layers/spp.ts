import { z } from 'zod';
import type { Layer } from '../config.ts';
import { meanMoment, rectangleSum, spreadProfile, uniformMoments } from '../moments/moments.ts';
import { windowSize, windowsOf, withinWindows } from '../moments/pairs.ts';
import { maximumFactor } from '../moments/pool-moments.ts';
import type { Builder } from '../program/builder.ts';
import type { Value } from '../program/operation.ts';
import * as op from '../program/operations.ts';
import { documented, expectations, whole } from '../settings/fields.ts';
import { describeMap } from '../shapes/size.ts';
import { binEdges } from '../shapes/windows.ts';
import type { LayerKind } from './layer-kind.ts';
import { noParameters } from './layer-kind.ts';
import { named } from './named-settings.ts';

/** A level of b has b×b max-pooled bins. */
export interface SppLayer extends Layer {
  readonly bins: readonly number[];
}

const bins = documented(
  z
    .array(whole({ min: 1, max: 256 }, { description: 'Bins per side of one level.', unit: 'bins' }))
    .min(1)
    .max(16),
  { description: 'Bins per side of each level of the pyramid.', unit: 'bins' },
).register(expectations, { expected: 'a list of bins per side, such as `[7, 3, 2, 1]`' });

/** All bins of one level on a map, row by row. */
function levelPatches(height: number, width: number, bins: number) {
  return binEdges(height, bins).flatMap((rows) =>
    binEdges(width, bins).map((columns) => ({
      top: rows.start,
      bottom: rows.end,
      left: columns.start,
      right: columns.end,
    })),
  );
}

interface Level {
  /** [batch, bins·bins·channels]: bin row, bin column, channel. */
  readonly output: Value;
  backward(gradient: Value): Value;
}

/** A level whose bins divide the map is one max pool. */
function evenLevel(b: Builder, x: Value, bins: number): Level {
  const [batch = 1, height = 1, width = 1, channels = 1] = x.shape;
  const side = [height / bins, width / bins] as const;
  const window = { size: side, stride: side };
  const pooled = op.maxPool(b, x, window);
  return {
    output: op.reshape(b, pooled, [batch, bins * bins * channels]),
    backward: (gradient) => op.maxPoolGrad(b, [x, pooled, op.reshape(b, gradient, pooled.shape)], window),
  };
}

/** Any other level pools bin by bin; bins may overlap by a row, so their gradients are added. */
function unevenLevel(b: Builder, x: Value, bins: number): Level {
  const [batch = 1, height = 1, width = 1, channels = 1] = x.shape;
  const parts = levelPatches(height, width, bins).map((patch) => {
    const side = [patch.bottom - patch.top, patch.right - patch.left] as const;
    const window = { size: side, stride: side };
    const cut = op.slice(b, x, { begin: [0, patch.top, patch.left, 0], size: [batch, ...side, channels] });
    const pooled = op.maxPool(b, cut, window);
    return { patch, window, cut, pooled, flat: op.reshape(b, pooled, [batch, channels]) };
  });
  return {
    output: op.concat(
      b,
      parts.map(({ flat }) => flat),
      1,
    ),
    backward: (gradient) =>
      op.addAll(
        b,
        parts.map(({ patch, window, cut, pooled }, i) => {
          const own = op.slice(b, gradient, { begin: [0, i * channels], size: [batch, channels] });
          const inside = op.maxPoolGrad(b, [cut, pooled, op.reshape(b, own, pooled.shape)], window);
          const after = [0, height - patch.bottom, width - patch.right, 0];
          return op.pad(b, inside, { before: [0, patch.top, patch.left, 0], after });
        }),
      ),
  };
}

/** Spatial pyramid pooling: max-pooled b×b bins for each level b, so that maps of any size give vectors of the same length (paper, Table 3). */
export const spp: LayerKind<SppLayer> = {
  type: 'spp',
  written: {
    description:
      'Spatial pyramid pooling: a level of n has n × n max-pooled bins, so maps of any size give vectors of the same length.',
    settings: { bins },
    beside: named,
    short: 'bins',
    prefix: 'spp',
    snippet: '[<3, 2, 1>]',
    decisive: 'bins',
  },
  read: (settings: { bins: readonly number[] }) => ({ bins: settings.bins }),
  comparesPositions: true,

  shape(layer, [input]) {
    const [height, width, channels] = input;
    const largest = Math.max(...layer.bins);
    const room = Math.min(height, width);
    if (largest > room)
      return {
        problem: `a pyramid level of ${largest}×${largest} bins does not fit the ${describeMap(input)} map that reaches ${layer.name}; the largest level may be ${room}`,
      };
    return { shape: [1, 1, layer.bins.reduce((sum, bins) => sum + bins * bins, 0) * channels] };
  },

  parameters: () => [],

  forward(b, { layer, input: [height, width, channels] }, [x]) {
    const levels = layer.bins.map((bins) =>
      height % bins === 0 && width % bins === 0 ? evenLevel(b, x, bins) : unevenLevel(b, x, bins),
    );
    const joined = op.concat(
      b,
      levels.map(({ output }) => output),
      1,
    );
    const [batch = 1, length = 1] = joined.shape;
    return {
      output: op.reshape(b, joined, [batch, 1, 1, length]),
      backward(gradient, { inputNeeded }) {
        if (!inputNeeded) return { inputs: [], parameters: noParameters };
        const flat = op.reshape(b, gradient, [batch, length]);
        let begin = 0;
        const parts = levels.map((level, i) => {
          const own = (layer.bins[i] ?? 0) ** 2 * channels;
          const part = level.backward(op.slice(b, flat, { begin: [0, begin], size: [batch, own] }));
          begin += own;
          return part;
        });
        return { inputs: [op.addAll(b, parts)], parameters: noParameters };
      },
    };
  },

  // The bins of all windows at one place are one maximum of stride 1: one such pool per bin size, sliced at each bin's place.
  overWindows(b, { layer, input: [height, width, channels] }, x) {
    const [batch = 1, mapHeight = 1, mapWidth = 1] = x.shape;
    const rows = mapHeight - height + 1;
    const columns = mapWidth - width + 1;
    const pooled = new Map<string, Value>();
    const slidingMaximum = (size: readonly [number, number]): Value => {
      const known = pooled.get(`${size}`) ?? op.maxPool(b, x, { size, stride: [1, 1] });
      pooled.set(`${size}`, known);
      return known;
    };
    const bins = layer.bins.flatMap((level) =>
      levelPatches(height, width, level).map(({ top, bottom, left, right }) =>
        op.slice(b, slidingMaximum([bottom - top, right - left]), {
          begin: [0, top, left, 0],
          size: [batch, rows, columns, channels],
        }),
      ),
    );
    return op.concat(b, bins, 3);
  },

  propagate({ layer }, [moments]) {
    const bins = layer.bins.flatMap((level) =>
      windowsOf({ rows: binEdges(moments.height, level), columns: binEdges(moments.width, level) }),
    );
    const within = moments.pairs && withinWindows(moments.pairs, bins);
    const maxima = bins.map((bin, i) => {
      const m = windowSize(bin);
      return (rectangleSum(moments, bin.rows, bin.columns) / m) * maximumFactor(m, within?.[i] ?? moments.correlation);
    });
    const mean = maxima.reduce((sum, moment) => sum + moment, 0) / maxima.length;
    return { output: uniformMoments(1, 1, mean, moments.correlation) };
  },

  // One of the m positions of a bin gets the gradient: E[δ²]/m each, and m is a product of the bin's sides.
  backpropagate({ layer, input: [height, width] }, moments) {
    const moment = meanMoment(moments);
    const profile = (length: number, level: number) => {
      const edges = binEdges(length, level);
      return spreadProfile(
        Float64Array.from(edges, ({ start, end }) => 1 / (end - start)),
        edges,
        length,
      );
    };
    const products = layer.bins.map((level) => ({
      rows: profile(height, level).map((share) => share * moment),
      columns: profile(width, level),
    }));
    return { inputs: [{ height, width, products, correlation: 0 }] };
  },
};
