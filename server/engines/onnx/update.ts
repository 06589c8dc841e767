/**
 * The optimiser's update over ranges of the parameters, in place: as operations of onnxruntime it takes ten passes over all
 * weights, each with separate memory, longer than forward and backward of a network with large dense layers.
 */
import type { FlatArrays, Optimizer, Range, StepRate } from '../../domain/optimizers/optimizer.ts';

/** A range of one parameter: arrays of one length, used by no other thread meanwhile. */
export interface Stretch extends FlatArrays {
  /** ∂E/∂w of the batch's other parts: `gradient`, that of the first part, becomes the sum. */
  readonly otherGradients: readonly Float32Array[];
}

/** Σ of the squares of a range's ∂E/∂w, of its weights before the update, and of Δw. */
export const SQUARES = ['gradient', 'weights', 'update'] as const;

/** Numbers per chunk: 32 kB of each array, so that a second pass over them hits the cache. */
const AT_ONCE = 8192;

interface UpdateOptions {
  readonly optimizer: Optimizer;
  readonly at: StepRate;
  /** Whether to compute the sums. */
  readonly squares: boolean;
}

/** Updates a range; returns the sums of `SQUARES` if requested. */
export function update(stretch: Stretch, { optimizer, at, squares }: UpdateOptions): readonly number[] {
  const { weights, gradient, otherGradients } = stretch;
  let [ofGradient, ofWeights, ofUpdate] = [0, 0, 0];
  for (let begin = 0; begin < weights.length; begin += AT_ONCE) {
    const range = { begin, end: Math.min(weights.length, begin + AT_ONCE) };
    for (const other of otherGradients) add(gradient, other, range);
    if (squares) {
      ofGradient += sumOfSquares(gradient, range);
      ofWeights += sumOfSquares(weights, range);
    }
    const change = optimizer.move(stretch, at, range);
    if (squares) ofUpdate += sumOfSquares(change, range);
  }
  return [ofGradient, ofWeights, ofUpdate];
}

function add(to: Float32Array, from: Float32Array, { begin, end }: Range): void {
  for (let i = begin; i < end; i++) to[i] = (to[i] as number) + (from[i] as number);
}

/** In double precision: the squares of a vanishing or exploding gradient are outside single precision. */
function sumOfSquares(values: Float32Array, { begin, end }: Range): number {
  // Four independent sums: with a single one, each addition would wait for the previous.
  let [a, b, c, d] = [0, 0, 0, 0];
  const even = end - ((end - begin) % 4);
  for (let i = begin; i < even; i += 4) {
    a += (values[i] as number) ** 2;
    b += (values[i + 1] as number) ** 2;
    c += (values[i + 2] as number) ** 2;
    d += (values[i + 3] as number) ** 2;
  }
  for (let i = even; i < end; i++) a += (values[i] as number) ** 2;
  return a + b + c + d;
}

/** The range of one of `count` threads in `length` numbers. */
export const stretchOf = (length: number, { thread, count }: { thread: number; count: number }): Range => ({
  begin: Math.floor((length * thread) / count),
  end: Math.floor((length * (thread + 1)) / count),
});
