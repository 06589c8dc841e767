/** Arithmetic, reductions and shapes of the tests' interpreter. */
import assert from 'node:assert/strict';
import { count, got, type Tensor } from './tensor.ts';

/** Calls back for every index of a shape, in row-major order. */
function eachIndex(shape: readonly number[], visit: (index: readonly number[], flat: number) => void): void {
  const index = shape.map(() => 0);
  for (let flat = 0; flat < count(shape); flat++) {
    visit(index, flat);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = (index[axis] ?? 0) + 1;
      if ((index[axis] ?? 0) < (shape[axis] ?? 1)) break;
      index[axis] = 0;
    }
  }
}

function offset(shape: readonly number[], index: readonly number[]): number {
  return shape.reduce((at, length, axis) => at * length + (index[axis] ?? 0), 0);
}

/** Where an element of a broadcast result comes from: axes count from the last, a length of 1 stays at 0. */
function broadcastOffset(shape: readonly number[], index: readonly number[]): number {
  const skipped = index.length - shape.length;
  return offset(
    shape,
    shape.map((length, axis) => (length === 1 ? 0 : (index[axis + skipped] ?? 0))),
  );
}

function broadcastTogether(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  const padded = (shape: readonly number[]) => [...new Array<number>(rank - shape.length).fill(1), ...shape];
  const [x, y] = [padded(a), padded(b)];
  return x.map((length, axis) => {
    const other = y[axis] ?? 1;
    assert.ok(length === other || length === 1 || other === 1, `[${a}] and [${b}] do not broadcast`);
    return length === 1 ? other : length;
  });
}

export const zeros = (shape: readonly number[]): Tensor => ({
  shape: [...shape],
  data: new Float64Array(count(shape)),
});
export const mapped = ({ shape, data }: Tensor, f: (value: number) => number): Tensor => ({ shape, data: data.map(f) });

export function elementwise([a, b]: readonly [Tensor, Tensor], f: (x: number, y: number) => number): Tensor {
  const result = zeros(broadcastTogether(a.shape, b.shape));
  eachIndex(result.shape, (index, flat) => {
    result.data[flat] = f(a.data[broadcastOffset(a.shape, index)] ?? 0, b.data[broadcastOffset(b.shape, index)] ?? 0);
  });
  return result;
}

export function reduce(
  x: Tensor,
  axes: readonly number[],
  { start, f }: { start: number; f: (sum: number, value: number) => number },
): Tensor {
  const kept = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const result = zeros(kept.map((axis) => x.shape[axis] ?? 1));
  result.data.fill(start);
  eachIndex(x.shape, (index, flat) => {
    const at = offset(
      result.shape,
      kept.map((axis) => index[axis] ?? 0),
    );
    result.data[at] = f(result.data[at] ?? 0, x.data[flat] ?? 0);
  });
  return result;
}

export const sumOver = (x: Tensor, axes: readonly number[]) =>
  reduce(x, axes, { start: 0, f: (sum, value) => sum + value });

export function matrixProduct(
  [a, b]: readonly [Tensor, Tensor],
  { transposeA, transposeB }: { transposeA: boolean; transposeB: boolean },
): Tensor {
  const element = ({ shape: [, columns = 1], data }: Tensor, row: number, column: number) =>
    data[row * columns + column] ?? 0;
  const [rows = 1, inner = 1] = transposeA ? a.shape.toReversed() : a.shape;
  const [innerB = 1, columns = 1] = transposeB ? b.shape.toReversed() : b.shape;
  assert.equal(inner, innerB);
  const result = zeros([rows, columns]);
  eachIndex(result.shape, ([i = 0, j = 0], flat) => {
    let sum = 0;
    for (let k = 0; k < inner; k++)
      sum += (transposeA ? element(a, k, i) : element(a, i, k)) * (transposeB ? element(b, j, k) : element(b, k, j));
    result.data[flat] = sum;
  });
  return result;
}

/** −ln softmax(logits)[label], and softmax − one-hot. */
export function crossEntropy(logits: Tensor, labels: Tensor): [Tensor, Tensor] {
  const [examples = 1, classes = 1] = logits.shape;
  const loss = zeros([examples]);
  const gradient = zeros(logits.shape);
  for (let i = 0; i < examples; i++) {
    const row = logits.data.subarray(i * classes, (i + 1) * classes);
    const label = labels.data[i] ?? 0;
    const largest = Math.max(...row);
    const total = row.reduce((sum, value) => sum + Math.exp(value - largest), 0);
    loss.data[i] = Math.log(total) + largest - (row[label] ?? 0);
    row.forEach((value, k) => {
      gradient.data[i * classes + k] = Math.exp(value - largest) / total - (k === label ? 1 : 0);
    });
  }
  return [loss, gradient];
}

/** exp(x) / Σ exp(x) along rows of [examples, classes]. */
export function softmax(logits: Tensor): Tensor {
  const [examples = 1, classes = 1] = logits.shape;
  const result = zeros(logits.shape);
  for (let i = 0; i < examples; i++) {
    const row = logits.data.subarray(i * classes, (i + 1) * classes);
    const largest = Math.max(...row);
    const total = row.reduce((sum, value) => sum + Math.exp(value - largest), 0);
    row.forEach((value, k) => {
      result.data[i * classes + k] = Math.exp(value - largest) / total;
    });
  }
  return result;
}

export function concatenate(values: readonly Tensor[], axis: number): Tensor {
  const [first] = values;
  assert.ok(first);
  const total = values.reduce((length, { shape }) => length + (shape[axis] ?? 0), 0);
  const result = zeros(first.shape.map((length, i) => (i === axis ? total : length)));
  let begin = 0;
  for (const value of values) {
    eachIndex(value.shape, (index, flat) => {
      const moved = index.map((at, i) => (i === axis ? at + begin : at));
      result.data[offset(result.shape, moved)] = value.data[flat] ?? 0;
    });
    begin += value.shape[axis] ?? 0;
  }
  return result;
}

/** The part of a tensor that starts at an index. */
export function cut(x: Tensor, begin: readonly number[], size: readonly number[]): Tensor {
  const result = zeros(size);
  eachIndex(size, (index, flat) => {
    const there = index.map((at, axis) => at + (begin[axis] ?? 0));
    result.data[flat] = got(x.data[offset(x.shape, there)], `[${there}]`);
  });
  return result;
}

/** A tensor inside zeros. */
export function surround(x: Tensor, before: readonly number[], after: readonly number[]): Tensor {
  const result = zeros(x.shape.map((length, axis) => (before[axis] ?? 0) + length + (after[axis] ?? 0)));
  eachIndex(x.shape, (index, flat) => {
    result.data[
      offset(
        result.shape,
        index.map((at, axis) => at + (before[axis] ?? 0)),
      )
    ] = x.data[flat] ?? 0;
  });
  return result;
}
