/**
 * Runs a program in the plainest way, in double precision: every operation is written from TensorFlow's definition of it,
 * apart from the writers, to compare both engines and numerical derivatives with. Slow and meant to be.
 */
import assert from 'node:assert/strict';
import type { Operation, Program, Value } from '../../server/domain/program/operation.ts';
import {
  concatenate,
  crossEntropy,
  cut,
  elementwise,
  mapped,
  matrixProduct,
  reduce,
  softmax,
  sumOver,
  surround,
  zeros,
} from './interpreter-arrays.ts';
import {
  averagePool,
  averagePoolGradient,
  convolve,
  convolveFilterGradient,
  convolveInputGradient,
  maxPool,
  maxPoolGradient,
} from './interpreter-maps.ts';
import { count, got, type Tensor } from './tensor.ts';

export interface Interpretation {
  /** What is fed, by name, flat. */
  readonly inputs: ReadonlyMap<string, ArrayLike<number>>;
  /** Every variable by name, flat; an update writes into them. */
  readonly variables: ReadonlyMap<string, Float64Array>;
  readonly fetches: readonly string[];
  /** Applied to every number that an operation stores: `Math.fround` computes in single precision. */
  readonly round?: (value: number) => number;
  /** Told of every choice at a kink (which side of 0, which element is largest): equal choices, smooth between. */
  readonly onChoice?: (choice: number) => void;
  /** Told of what an operation gave before others take it; may write into it. */
  readonly onResult?: (operation: Operation, outputs: readonly Tensor[]) => void;
  /** The operations in another order that respects their inputs and `after`. */
  readonly order?: (needed: readonly Operation[]) => readonly Operation[];
}

/** Run what the fetches need. */
export function interpret(program: Program, options: Interpretation): Map<string, Tensor> {
  const { round, order = (operations) => operations } = options;
  const results = new Map<Operation, Tensor[]>();
  for (const operation of order(neededFor(program, options.fetches))) {
    const inputs = operation.inputs.map(({ operation: from, index }) => got(results.get(from)?.[index], from.name));
    for (const earlier of operation.after)
      assert.ok(results.has(earlier), `${operation.name} runs before ${earlier.name}`);
    const outputs = compute(operation, inputs, options);
    outputs.forEach((output, i) => {
      const declared = operation.outputs[i];
      assert.deepEqual(
        output.shape,
        [...(declared?.shape ?? [])],
        `${operation.name} has another shape than it declares`,
      );
      assert.equal(output.data.length, count(output.shape), operation.name);
      if (round && declared?.dtype === 'float32')
        output.data.forEach((value, j) => {
          output.data[j] = round(value);
        });
    });
    options.onResult?.(operation, outputs);
    results.set(operation, outputs);
  }
  return new Map(
    options.fetches.map((name) => {
      const value = got(program.fetches.get(name), name);
      return [name, got(results.get(value.operation)?.[value.index], name)];
    }),
  );
}

/** The operations that some fetches need, in the program's order. */
export function neededFor(program: Program, fetches: readonly string[]): Operation[] {
  const seen = new Set<Operation>();
  const waiting = fetches.map((name) => got<Value>(program.fetches.get(name), name).operation);
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    waiting.push(...next.inputs.map(({ operation }) => operation), ...next.after);
  }
  return program.operations.filter((operation) => seen.has(operation));
}

function compute(operation: Operation, inputs: readonly Tensor[], options: Interpretation): Tensor[] {
  const { type, attributes: a, outputs } = operation;
  const [x, y, z] = inputs as [Tensor, Tensor, Tensor];
  const pair = inputs as unknown as readonly [Tensor, Tensor];
  const shape = outputs[0]?.shape ?? [];
  const { onChoice = () => {}, round = (value) => value } = options;
  const positive = (value: number) => {
    const is = value > 0;
    onChoice(is ? 1 : 0);
    return is;
  };
  const variable = (key: string) => {
    const { name, shape: own } = a[key] as { name: string; shape: readonly number[] };
    const data = got(options.variables.get(name), name);
    assert.equal(data.length, count(own), name);
    return { shape: [...own], data };
  };
  const axes = a['axes'] as readonly number[];
  switch (type) {
    case 'Placeholder': {
      const data = Float64Array.from(got(options.inputs.get(operation.name.replace('input/', '')), operation.name));
      return [{ shape: [...shape], data }];
    }
    case 'Const':
      return [{ shape: [...shape], data: Float64Array.from(a['values'] as readonly number[]) }];
    case 'ReadVariableOp': {
      const { data, ...rest } = variable('variable');
      return [{ ...rest, data: data.slice() }];
    }
    case 'Conv2D':
      return [convolve(x, y, a)];
    case 'Conv2DBackpropInput':
      return [convolveInputGradient(x, y, { shape, attributes: a })];
    case 'Conv2DBackpropFilter':
      return [convolveFilterGradient(x, y, { shape, attributes: a })];
    case 'MatMul':
      return [matrixProduct(pair, { transposeA: a['transposeA'] === true, transposeB: a['transposeB'] === true })];
    case 'BiasAdd':
      assert.deepEqual(y.shape, [x.shape.at(-1)]);
      return [elementwise(pair, (value, bias) => value + bias)];
    case 'BiasAddGrad':
      return [sumOver(x, x.shape.map((_, axis) => axis).slice(0, -1))];
    case 'Relu':
      return [mapped(x, (value) => (positive(value) ? value : 0))];
    case 'ReluGrad':
      return [elementwise(pair, (dy, feature) => (feature > 0 ? dy : 0))];
    case 'LeakyRelu':
      return [mapped(x, (value) => (positive(value) ? value : (a['slope'] as number) * value))];
    case 'LeakyReluGrad':
      return [elementwise(pair, (dy, feature) => (feature > 0 ? dy : (a['slope'] as number) * dy))];
    case 'MaxPool':
      return [maxPool(x, a, onChoice)];
    case 'MaxPoolGrad':
      return [maxPoolGradient(x, z, a)];
    case 'AvgPool':
      return [averagePool(x, a)];
    case 'AvgPoolGrad':
      return [averagePoolGradient(x, shape, a)];
    case 'SparseSoftmaxCrossEntropyWithLogits':
      return crossEntropy(x, y);
    case 'Softmax':
      return [softmax(x)];
    case 'AddV2':
      return [elementwise(pair, (p, q) => p + q)];
    case 'Sub':
      return [elementwise(pair, (p, q) => p - q)];
    case 'Mul':
      return [elementwise(pair, (p, q) => p * q)];
    case 'RealDiv':
      return [elementwise(pair, (p, q) => p / q)];
    case 'Minimum':
      return [elementwise(pair, (p, q) => (positive(q - p) ? p : q))];
    case 'Maximum':
      return [elementwise(pair, (p, q) => (positive(p - q) ? p : q))];
    case 'AddN':
      return [
        inputs.slice(1).reduce((sum, value) => {
          assert.deepEqual(value.shape, sum.shape);
          return elementwise([sum, value], (p, q) => p + q);
        }, x),
      ];
    case 'LessEqual':
      return [elementwise(pair, (p, q) => (p <= q ? 1 : 0))];
    case 'Sum':
      return [sumOver(x, axes)];
    case 'Mean': {
      const sums = sumOver(x, axes);
      return [mapped(sums, (value) => (value * count(sums.shape)) / count(x.shape))];
    }
    case 'Max':
      return [reduce(x, axes, { start: Number.NEGATIVE_INFINITY, f: (largest, value) => Math.max(largest, value) })];
    case 'L2Loss':
      // Rounded square by square: in single precision small ones vanish, as they do in the engines.
      return [{ shape: [], data: Float64Array.of(x.data.reduce((sum, value) => sum + round(value * value), 0) / 2) }];
    case 'EuclideanNorm':
      return [{ shape: [], data: Float64Array.of(x.data.reduce((norm, value) => Math.hypot(norm, value), 0)) }];
    case 'Reshape':
      return [{ shape: [...(a['shape'] as readonly number[])], data: x.data.slice() }];
    case 'BroadcastTo':
      return [elementwise([zeros(a['shape'] as readonly number[]), x], (_, value) => value)];
    case 'Slice':
      return [cut(x, a['begin'] as readonly number[], a['size'] as readonly number[])];
    case 'Pad':
      return [surround(x, a['before'] as readonly number[], a['after'] as readonly number[])];
    case 'ConcatV2':
      return [concatenate(inputs, a['axis'] as number)];
    case 'Pack':
      return [{ shape: [inputs.length], data: Float64Array.from(inputs, ({ data }) => data[0] ?? 0) }];
    case 'ResourceApplyKerasMomentum': {
      const [weights, accumulator] = [variable('variable').data, variable('accumulator').data];
      const [rate = 0, momentum = 0] = [x.data[0], z.data[0]];
      accumulator.forEach((value, i) => {
        accumulator[i] = round(value * momentum - (y.data[i] ?? 0) * rate);
        weights[i] = round((weights[i] ?? 0) + (accumulator[i] ?? 0));
      });
      return [];
    }
    case 'Identity':
      return [x];
  }
}
