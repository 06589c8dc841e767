/** Convolutions and pools of the tests' interpreter, from TensorFlow's definitions (`nn.conv2d`, `nn.max_pool2d`). */
import assert from 'node:assert/strict';
import type { Operation } from '../../server/domain/program/operation.ts';
import { count, type Tensor } from './tensor.ts';

type Attributes = Operation['attributes'];
type Shape4 = readonly [number, number, number, number];

function four(shape: readonly number[]): Shape4 {
  assert.equal(shape.length, 4);
  return shape as unknown as Shape4;
}

const at = ([, height, width, channels]: Shape4, [n, row, column, c]: Shape4): number =>
  ((n * height + row) * width + column) * channels + c;

/**
 * Windows along one axis. TensorFlow's SAME: ⌈n/stride⌉ of them, padding of max((windows − 1)·stride + k − n, 0), the smaller
 * half before. VALID: ⌈(n − k + 1)/stride⌉ and no padding.
 */
function axisOf(length: number, kernel: number, { stride, padding }: { stride: number; padding: 'same' | 'valid' }) {
  if (padding === 'valid') return { windows: Math.ceil((length - kernel + 1) / stride), before: 0 };
  const windows = Math.ceil(length / stride);
  const padded = Math.max((windows - 1) * stride + kernel - length, 0);
  return { windows, before: (padded - (padded % 2)) / 2 };
}

const strided = (a: Attributes) => ({ stride: a['stride'] as number, padding: a['padding'] as 'same' | 'valid' });

/** Every (output, input, weight) triple of flat indices whose product a convolution sums. */
function* products(
  input: Shape4,
  filter: Shape4,
  attributes: Attributes,
): Generator<readonly [number, number, number]> {
  const [batch, height, width, channels] = input;
  const [kernel, kernelColumns, filterChannels, filters] = filter;
  assert.equal(channels, filterChannels);
  const options = strided(attributes);
  const down = axisOf(height, kernel, options);
  const across = axisOf(width, kernelColumns, options);
  const output: Shape4 = [batch, down.windows, across.windows, filters];
  for (let n = 0; n < batch; n++)
    for (let i = 0; i < down.windows; i++)
      for (let j = 0; j < across.windows; j++)
        for (let di = 0; di < kernel; di++)
          for (let dj = 0; dj < kernelColumns; dj++) {
            const row = i * options.stride + di - down.before;
            const column = j * options.stride + dj - across.before;
            if (row < 0 || row >= height || column < 0 || column >= width) continue;
            for (let c = 0; c < channels; c++)
              for (let k = 0; k < filters; k++)
                yield [at(output, [n, i, j, k]), at(input, [n, row, column, c]), at(filter, [di, dj, c, k])];
          }
}

export function convolve(x: Tensor, weights: Tensor, attributes: Attributes): Tensor {
  const [input, filter] = [four(x.shape), four(weights.shape)];
  const options = strided(attributes);
  const along = (axis: 0 | 1) => axisOf(input[axis + 1] ?? 0, filter[axis], options).windows;
  const shape = [input[0], along(0), along(1), filter[3]];
  const data = new Float64Array(count(shape));
  for (const [o, i, w] of products(input, filter, attributes))
    data[o] = (data[o] ?? 0) + (x.data[i] ?? 0) * (weights.data[w] ?? 0);
  return { shape, data };
}

interface GradientOptions {
  readonly shape: readonly number[];
  readonly attributes: Attributes;
}

export function convolveInputGradient(weights: Tensor, dy: Tensor, { shape, attributes }: GradientOptions): Tensor {
  const data = new Float64Array(count(shape));
  for (const [o, i, w] of products(four(shape), four(weights.shape), attributes))
    data[i] = (data[i] ?? 0) + (dy.data[o] ?? 0) * (weights.data[w] ?? 0);
  return { shape: [...shape], data };
}

export function convolveFilterGradient(x: Tensor, dy: Tensor, { shape, attributes }: GradientOptions): Tensor {
  const data = new Float64Array(count(shape));
  for (const [o, i, w] of products(four(x.shape), four(shape), attributes))
    data[w] = (data[w] ?? 0) + (dy.data[o] ?? 0) * (x.data[i] ?? 0);
  return { shape: [...shape], data };
}

/** Every window of a pool: the flat index of its output and those of its inputs, row by row. */
function* poolWindows(input: Shape4, attributes: Attributes): Generator<{ output: number; inputs: number[] }> {
  const shape = four(pooledShape(input, attributes));
  const [rows = 1, columns = 1] = attributes['size'] as readonly number[];
  const [down = 1, across = 1] = attributes['stride'] as readonly number[];
  for (let n = 0; n < shape[0]; n++)
    for (let i = 0; i < shape[1]; i++)
      for (let j = 0; j < shape[2]; j++)
        for (let c = 0; c < shape[3]; c++) {
          const inputs: number[] = [];
          for (let di = 0; di < rows; di++)
            for (let dj = 0; dj < columns; dj++) inputs.push(at(input, [n, i * down + di, j * across + dj, c]));
          yield { output: at(shape, [n, i, j, c]), inputs };
        }
}

function pooledShape([batch, height, width, channels]: Shape4, attributes: Attributes): number[] {
  const [rows = 1, columns = 1] = attributes['size'] as readonly number[];
  const [down = 1, across = 1] = attributes['stride'] as readonly number[];
  return [batch, Math.ceil((height - rows + 1) / down), Math.ceil((width - columns + 1) / across), channels];
}

/** The first of the largest. */
function largestOf(data: Float64Array, places: readonly number[]): number {
  return places.reduce((best, place) => ((data[place] ?? 0) > (data[best] ?? 0) ? place : best));
}

export function maxPool(x: Tensor, attributes: Attributes, onChoice: (choice: number) => void): Tensor {
  const shape = pooledShape(four(x.shape), attributes);
  const data = new Float64Array(count(shape));
  for (const { output, inputs } of poolWindows(four(x.shape), attributes)) {
    const largest = largestOf(x.data, inputs);
    onChoice(largest);
    data[output] = x.data[largest] ?? 0;
  }
  return { shape, data };
}

export function maxPoolGradient(x: Tensor, dy: Tensor, attributes: Attributes): Tensor {
  const data = new Float64Array(x.data.length);
  for (const { output, inputs } of poolWindows(four(x.shape), attributes)) {
    const largest = largestOf(x.data, inputs);
    data[largest] = (data[largest] ?? 0) + (dy.data[output] ?? 0);
  }
  return { shape: x.shape, data };
}

export function averagePool(x: Tensor, attributes: Attributes): Tensor {
  const shape = pooledShape(four(x.shape), attributes);
  const data = new Float64Array(count(shape));
  for (const { output, inputs } of poolWindows(four(x.shape), attributes))
    data[output] = inputs.reduce((sum, place) => sum + (x.data[place] ?? 0), 0) / inputs.length;
  return { shape, data };
}

export function averagePoolGradient(dy: Tensor, shape: readonly number[], attributes: Attributes): Tensor {
  const data = new Float64Array(count(shape));
  for (const { output, inputs } of poolWindows(four(shape), attributes))
    for (const place of inputs) data[place] = (data[place] ?? 0) + (dy.data[output] ?? 0) / inputs.length;
  return { shape: [...shape], data };
}
