/**
 * The operations of a program as functions: each computes the shape of its result. Maps are [batch, height, width,
 * channels], conv weights [kernel, kernel, in, out], dense weights [in, out].
 */
import { windows } from '../shapes/windows.ts';
import { type Builder, broadcastShape, sameSize } from './builder.ts';
import type { Operation, Value, Variable } from './operation.ts';

type Padding = 'same' | 'valid';
interface Strided {
  readonly stride: number;
  readonly padding: Padding;
}
type Shape4 = readonly [number, number, number, number];

const four = (shape: readonly number[]): Shape4 => {
  const [a, b, c, d] = shape;
  if (a === undefined || b === undefined || c === undefined || d === undefined)
    throw new Error(`[${shape}] is not a map`);
  return [a, b, c, d];
};
const last = (shape: readonly number[]): number => shape.at(-1) ?? 1;

// Weighted layers.

/** A layer's kernel is square; that of a dense layer over windows is as large as its map (no gradient is taken of it). */
export function conv2d(b: Builder, [x, weights]: readonly [Value, Value], { stride, padding }: Strided): Value {
  const [batch, height, width] = four(x.shape);
  const [rows, columns, , filters] = four(weights.shape);
  const along = (length: number, kernel: number) => windows(length, kernel, { stride, padding }).output;
  const shape = [batch, along(height, rows), along(width, columns), filters];
  return b.value('Conv2D', { inputs: [x, weights], attributes: { stride, padding }, shape });
}

/** ∂E/∂x of `conv2d`, given its weights and ∂E/∂y. */
export const conv2dBackpropInput = (
  b: Builder,
  [weights, dy]: readonly [Value, Value],
  { shape, ...strided }: Strided & { shape: readonly number[] },
): Value => b.value('Conv2DBackpropInput', { inputs: [weights, dy], attributes: { ...strided }, shape });

/** ∂E/∂w of `conv2d`, given its input and ∂E/∂y. */
export const conv2dBackpropFilter = (
  b: Builder,
  [x, dy]: readonly [Value, Value],
  { shape, ...strided }: Strided & { shape: readonly number[] },
): Value => b.value('Conv2DBackpropFilter', { inputs: [x, dy], attributes: { ...strided }, shape });

/** a·b of two matrices, either one transposed first. */
export function matMul(
  b: Builder,
  [x, y]: readonly [Value, Value],
  transpose: { a?: boolean; b?: boolean } = {},
): Value {
  const { a: transposeA = false, b: transposeB = false } = transpose;
  const rows = x.shape[transposeA ? 1 : 0] ?? 1;
  const columns = y.shape[transposeB ? 0 : 1] ?? 1;
  return b.value('MatMul', { inputs: [x, y], attributes: { transposeA, transposeB }, shape: [rows, columns] });
}

/** Adds [channels] to the last axis. */
export const biasAdd = (b: Builder, x: Value, bias: Value): Value =>
  b.value('BiasAdd', { inputs: [x, bias], shape: x.shape });

/** Sum over every axis but the last: [channels]. */
export const biasAddGrad = (b: Builder, dy: Value): Value =>
  b.value('BiasAddGrad', { inputs: [dy], shape: [last(dy.shape)] });

// Rectifiers.

export const relu = (b: Builder, x: Value): Value => b.value('Relu', { inputs: [x], shape: x.shape });

/** dy where `features` (the input or the output of a ReLU) is positive, else 0. */
export const reluGrad = (b: Builder, dy: Value, features: Value): Value =>
  b.value('ReluGrad', { inputs: [dy, features], shape: dy.shape });

export const leakyRelu = (b: Builder, x: Value, slope: number): Value =>
  b.value('LeakyRelu', { inputs: [x], attributes: { slope }, shape: x.shape });

/** dy where the input is positive, else slope·dy. */
export const leakyReluGrad = (b: Builder, [dy, features]: readonly [Value, Value], slope: number): Value =>
  b.value('LeakyReluGrad', { inputs: [dy, features], attributes: { slope }, shape: dy.shape });

// Pooling, always `valid`: an incomplete window is dropped.

interface Pool {
  readonly size: readonly [height: number, width: number];
  readonly stride: readonly [height: number, width: number];
}

const pooled = (x: Value, { size, stride }: Pool): number[] => {
  const [batch, height, width, channels] = four(x.shape);
  return [
    batch,
    Math.floor((height - size[0]) / stride[0]) + 1,
    Math.floor((width - size[1]) / stride[1]) + 1,
    channels,
  ];
};
const poolAttributes = ({ size, stride }: Pool) => ({ size: [...size], stride: [...stride] });

export const maxPool = (b: Builder, x: Value, pool: Pool): Value =>
  b.value('MaxPool', { inputs: [x], attributes: poolAttributes(pool), shape: pooled(x, pool) });

/** ∂E/∂x of `maxPool`: the whole of dy goes to the first largest of each window. */
export const maxPoolGrad = (b: Builder, [x, y, dy]: readonly [Value, Value, Value], pool: Pool): Value =>
  b.value('MaxPoolGrad', { inputs: [x, y, dy], attributes: poolAttributes(pool), shape: x.shape });

export const avgPool = (b: Builder, x: Value, pool: Pool): Value =>
  b.value('AvgPool', { inputs: [x], attributes: poolAttributes(pool), shape: pooled(x, pool) });

/** ∂E/∂x of `avgPool`, given ∂E/∂y and the shape of x. */
export const avgPoolGrad = (b: Builder, dy: Value, pool: Pool & { shape: readonly number[] }): Value =>
  b.value('AvgPoolGrad', { inputs: [dy], attributes: poolAttributes(pool), shape: pool.shape });

// The loss.

/** Cross-entropy of each example in nats, [batch], and its gradient with respect to the logits, [batch, classes]. */
export function softmaxCrossEntropy(b: Builder, logits: Value, labels: Value): { loss: Value; gradient: Value } {
  const { outputs } = b.emit('SparseSoftmaxCrossEntropyWithLogits', {
    inputs: [logits, labels],
    outputs: [{ shape: labels.shape }, { shape: logits.shape }],
  });
  const [loss, gradient] = outputs as [Value, Value];
  return { loss, gradient };
}

/** Probabilities of the classes from [batch, classes] logits. */
export const softmax = (b: Builder, logits: Value): Value =>
  b.value('Softmax', { inputs: [logits], shape: logits.shape });

// Arithmetic.

const elementwise =
  (type: 'AddV2' | 'Sub' | 'Mul' | 'RealDiv' | 'Minimum' | 'Maximum') =>
  (b: Builder, x: Value, y: Value): Value =>
    b.value(type, { inputs: [x, y], shape: broadcastShape(x.shape, y.shape) });
export const add = elementwise('AddV2');
export const subtract = elementwise('Sub');
export const multiply = elementwise('Mul');
export const divide = elementwise('RealDiv');
export const minimum = elementwise('Minimum');
export const maximum = elementwise('Maximum');

/** The sum of values of one shape, in the order given (the order decides the rounding). */
export function addAll(b: Builder, values: readonly Value[]): Value {
  const [first, ...rest] = values;
  if (!first) throw new Error('nothing to add');
  return rest.length === 0 ? first : b.value('AddN', { inputs: values, shape: first.shape });
}

/** 1 where x ≤ limit, else 0 (also where x is not a number). */
export const isAtMost = (b: Builder, x: Value, limit: number): Value =>
  b.value('LessEqual', { inputs: [x, b.constant(limit)], shape: x.shape });

// Reductions.

const reduced = (shape: readonly number[], axes: readonly number[]) => shape.filter((_, axis) => !axes.includes(axis));
const reduction =
  (type: 'Sum' | 'Mean' | 'Max') =>
  (b: Builder, x: Value, axes: readonly number[] = x.shape.map((_, axis) => axis)): Value =>
    b.value(type, { inputs: [x], attributes: { axes }, shape: reduced(x.shape, axes) });
export const sum = reduction('Sum');
export const mean = reduction('Mean');
export const max = reduction('Max');

/** ½·Σx². */
export const l2Loss = (b: Builder, x: Value): Value => b.value('L2Loss', { inputs: [x], shape: [] });

/**
 * √Σx² of all elements. Engines ensure that no square overflows or underflows: those of a vanishing gradient (1e-20) or of an
 * exploding one (1e20) are outside single precision, and the norm would be 0 or infinite although the gradient is not.
 */
export const norm = (b: Builder, x: Value): Value => b.value('EuclideanNorm', { inputs: [x], shape: [] });

// Shapes.

export function reshape(b: Builder, x: Value, shape: readonly number[]): Value {
  sameSize(x.shape, shape);
  if (shape.length === x.shape.length && shape.every((length, axis) => length === x.shape[axis])) return x;
  return b.value('Reshape', { inputs: [x], attributes: { shape }, shape });
}

export const broadcastTo = (b: Builder, x: Value, shape: readonly number[]): Value =>
  b.value('BroadcastTo', { inputs: [x], attributes: { shape }, shape: broadcastShape(x.shape, shape) });

export const slice = (
  b: Builder,
  x: Value,
  { begin, size }: { begin: readonly number[]; size: readonly number[] },
): Value => b.value('Slice', { inputs: [x], attributes: { begin, size }, shape: size, dtype: x.dtype });

/** Zeros around a map: `before` and `after` on each axis. */
export const pad = (
  b: Builder,
  x: Value,
  { before, after }: { before: readonly number[]; after: readonly number[] },
): Value =>
  b.value('Pad', {
    inputs: [x],
    attributes: { before, after },
    shape: x.shape.map((length, axis) => length + (before[axis] ?? 0) + (after[axis] ?? 0)),
  });

export function concat(b: Builder, values: readonly Value[], axis: number): Value {
  const [first] = values;
  if (!first) throw new Error('nothing to join');
  const total = values.reduce((length, value) => length + (value.shape[axis] ?? 1), 0);
  const shape = first.shape.map((length, i) => (i === axis ? total : length));
  return values.length === 1 ? first : b.value('ConcatV2', { inputs: values, attributes: { axis }, shape });
}

/** Scalars side by side: [n]. */
export const pack = (b: Builder, scalars: readonly Value[]): Value =>
  b.value('Pack', { inputs: scalars, shape: [scalars.length] });

// Effects.

/**
 * accumulator ← momentum·accumulator − rate·gradient, variable ← variable + accumulator. `before`: the value that was read
 * from the variable and must be the one before the update.
 */
export const applyMomentum = (
  b: Builder,
  { variable, accumulator, before }: { variable: Variable; accumulator: Variable; before: Value },
  { rate, gradient, momentum }: { rate: Value; gradient: Value; momentum: Value },
): Operation =>
  b.emit('ResourceApplyKerasMomentum', {
    inputs: [rate, gradient, momentum],
    attributes: { variable, accumulator },
    // Nothing else orders the read of a variable without decay before the write: an engine may run either first.
    after: [before.operation],
    outputs: [],
  });
