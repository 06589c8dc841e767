import type { Layer, MapShape } from '../config.ts';

/** The map that a layer gives, or what is impossible about it (a sentence for the user). */
export type ShapeResult = { readonly shape: MapShape } | { readonly problem: string };

/** Where a window of `size` begins and how much zero padding a side gets, on one axis. */
export interface Window {
  readonly output: number;
  readonly before: number;
  readonly after: number;
}

/**
 * Windows of `size` pixels every `stride` along an axis of `length`. `same` pads as TensorFlow does: ⌈length/stride⌉
 * windows, the odd pixel of padding at the end. `valid` pads nothing and drops an incomplete window.
 */
export function windows(length: number, size: number, options: { stride: number; padding: 'same' | 'valid' }): Window {
  const { stride, padding } = options;
  if (padding === 'valid') return { output: Math.floor((length - size) / stride) + 1, before: 0, after: 0 };
  const output = Math.ceil(length / stride);
  const total = Math.max(0, (output - 1) * stride + size - length);
  return { output, before: Math.floor(total / 2), after: Math.ceil(total / 2) };
}

/** Rows ⌊i·length/bins⌋ to ⌈(i+1)·length/bins⌉ of each of the bins of a pyramid level; neighbours may share a row. */
export const binEdges = (length: number, bins: number): { start: number; end: number }[] =>
  Array.from({ length: bins }, (_, i) => ({
    start: Math.floor((i * length) / bins),
    end: Math.ceil(((i + 1) * length) / bins),
  }));

/** Values of one example's map. */
export const mapSize = ([height, width, channels]: MapShape): number => height * width * channels;

const say = ([height, width, channels]: MapShape) => `${height}×${width}×${channels}`;

/** The map after a layer, given the map before it. Never throws. */
export function outputShape(layer: Layer, input: MapShape): ShapeResult {
  const [height, width, channels] = input;
  switch (layer.type) {
    case 'conv': {
      if (layer.padding === 'valid' && layer.kernel > Math.min(height, width))
        return {
          problem: `a ${layer.kernel}×${layer.kernel} kernel without padding does not fit the ${say(input)} map that reaches ${layer.name}; use a smaller kernel or \`padding: same\``,
        };
      const along = (length: number) => windows(length, layer.kernel, layer).output;
      return { shape: [along(height), along(width), layer.filters] };
    }
    case 'max_pool':
    case 'average_pool': {
      if (layer.size > Math.min(height, width))
        return {
          problem: `a ${layer.size}×${layer.size} pool does not fit the ${say(input)} map that reaches ${layer.name}; use a smaller size`,
        };
      const along = (length: number) => windows(length, layer.size, { stride: layer.stride, padding: 'valid' }).output;
      return { shape: [along(height), along(width), channels] };
    }
    case 'spp': {
      const largest = Math.max(...layer.bins);
      if (largest > Math.min(height, width))
        return {
          problem: `a pyramid of ${largest}×${largest} bins does not fit the ${say(input)} map that reaches ${layer.name}; the largest level may be ${Math.min(height, width)}`,
        };
      return { shape: [1, 1, layer.bins.reduce((sum, bins) => sum + bins * bins, 0) * channels] };
    }
    case 'global_average_pool':
      return { shape: [1, 1, channels] };
    case 'dense':
      return { shape: [1, 1, layer.units] };
  }
}
