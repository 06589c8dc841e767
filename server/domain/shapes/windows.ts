/** Where windows of one size lie on one axis of a map. */
export interface Windows {
  readonly output: number;
  /** Zero padding before the first pixel and after the last. */
  readonly before: number;
  readonly after: number;
}

/**
 * Windows of `size` pixels every `stride` along an axis of `length`. `same` pads as TensorFlow does: ⌈length/stride⌉
 * windows, the odd pixel of padding at the end. `valid` pads nothing and drops an incomplete window.
 */
export function windows(length: number, size: number, options: { stride: number; padding: 'same' | 'valid' }): Windows {
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
