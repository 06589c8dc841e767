/**
 * The optimiser's update over stretches of the parameters, in place: as operations of onnxruntime it is ten passes over all
 * weights, each with memory of its own, and takes longer than forward and backward of a network with large dense layers.
 */
import type { FlatArrays, Optimizer, Range, StepRate } from '../../domain/optimizers/optimizer.ts';

/** A stretch of one parameter: arrays of one length, which nobody else touches meanwhile. */
export interface Stretch extends FlatArrays {
  /** ∂E/∂w of the batch's other parts: `gradient`, that of the first part, becomes the sum. */
  readonly otherGradients: readonly Float32Array[];
}

/** Σ of the squares of a stretch's ∂E/∂w, of its weights before the update, and of Δw. */
export const SQUARES = ['gradient', 'weights', 'update'] as const;

/** Numbers that are worked on at once: 32 kB of each array, so that the second look at them costs nothing. */
const AT_ONCE = 8192;

interface UpdateOptions {
  readonly optimizer: Optimizer;
  readonly at: StepRate;
  /** Whether sums are asked for. */
  readonly squares: boolean;
}

/** Moves a stretch; returns the sums of `SQUARES` if they are asked for. */
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
  // Four sums side by side: one after the other, each addition would wait for the one before.
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

/** Of `length` numbers the stretch of one of `count` threads. */
export const stretchOf = (length: number, { thread, count }: { thread: number; count: number }): Range => ({
  begin: Math.floor((length * thread) / count),
  end: Math.floor((length * (thread + 1)) / count),
});
