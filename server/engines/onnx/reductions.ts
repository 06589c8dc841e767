/** Sums, means and maxima as ONNX nodes, in whatever layout a map is kept. */

import type { Value } from '../../domain/program/operation.ts';
import { size } from '../../domain/shapes/size.ts';
import { type Context, planeAxis } from './layouts.ts';

/** This many numbers can be summed in single precision with an error of about 1e-6. */
const FEW = 2 ** 20;

/**
 * Sum of all numbers or of their squares. Large maps are summed over positions first: onnxruntime adds sequentially, and a sum
 * of millions loses the last digits of the next number. Squares are then computed separately: only their sum has a fast kernel.
 */
export function total({ writer, layouts }: Context, op: 'ReduceSum' | 'ReduceSumSquare', x: Value): string {
  const { tensors, layout } = layouts.aligned([x]);
  const [tensor = ''] = tensors;
  if (x.shape.length !== 4 || size(x.shape) <= FEW) return writer.node(op, [tensor], { keepdims: 0 });
  const positions = writer.ints(layout === 'plain' ? [1, 2] : [2, 3]);
  const addends = op === 'ReduceSum' ? tensor : writer.node('Mul', [tensor, tensor]);
  const byMap = writer.node('ReduceSum', [addends, positions], { keepdims: 0 });
  return writer.node('ReduceSum', [byMap], { keepdims: 0 });
}

/**
 * Over the program's axes; returns a plain tensor. What remains of a map in planes is [batch, channels] or less, in the same order.
 * In blocks only what leaves channels or nothing is computed, over positions first: there are fast kernels for neighbouring axes.
 */
export function reduce(
  { writer, layouts }: Context,
  op: 'ReduceSum' | 'ReduceMean' | 'ReduceMax',
  { x, axes }: { x: Value; axes: readonly number[] },
): string {
  const reduced = (tensor: string, own: readonly number[]) =>
    writer.node(op, [tensor, ...(own.length > 0 ? [writer.ints(own.toSorted((p, q) => p - q))] : [])], { keepdims: 0 });
  const remaining = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const common = layouts.common([x]);
  if (common === 'blocks' && remaining.length === 0) return reduced(layouts.get(x, 'blocks'), [0, 1, 2, 3, 4]);
  if (common === 'blocks' && remaining.length === 1 && remaining[0] === 3) {
    const channels = reduced(reduced(layouts.get(x, 'blocks'), [2, 3]), [0]);
    return writer.node('Reshape', [channels, writer.ints([x.shape[3] ?? 1])]);
  }
  const sameOrder = remaining.every((axis) => axis === 0 || axis === 3);
  const layout = common !== 'plain' && sameOrder ? 'planes' : 'plain';
  return reduced(layouts.get(x, layout), layout === 'planes' ? axes.map(planeAxis) : axes);
}
