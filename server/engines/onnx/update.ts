/**
 * The update of the paper's equation 4 over stretches of the parameters, in place: as operations of onnxruntime it is ten passes
 * over all weights, each with memory of its own, and takes longer than forward and backward of a network with large dense layers.
 */

/** A stretch of one parameter: arrays of one length, which nobody else touches meanwhile. */
export interface Stretch {
  readonly weights: Float32Array;
  readonly velocity: Float32Array;
  /** ∂E/∂w of each part of the batch. The first becomes the sum. */
  readonly gradients: readonly [Float32Array, ...Float32Array[]];
  /** Weight decay λ; 0 for what does not decay. */
  readonly decay: number;
}

/** Learning rate η and momentum μ. */
export interface Rates {
  readonly rate: number;
  readonly momentum: number;
}

/** Σ of the squares of a stretch's ∂E/∂w, of its weights before the update, and of Δw. */
export const SQUARES = ['gradient', 'weights', 'update'] as const;

/** Numbers that are worked on at once: 32 kB of each array, so that the second look at them costs nothing. */
const AT_ONCE = 8192;
/** Smallest normal single-precision number. What is less counts as 0, as in the engines: processors take a hundred times as long for it. */
const SMALLEST = 1.17549435e-38;

interface Range {
  readonly begin: number;
  readonly end: number;
}

/** v ← μ·v − η·(g + λ·w), w ← w + v; returns the sums of `SQUARES` if they are asked for. */
export function update(stretch: Stretch, rates: Rates, { squares }: { squares: boolean }): readonly number[] {
  const { weights, velocity, gradients } = stretch;
  const [gradient, ...others] = gradients;
  let [ofGradient, ofWeights, ofUpdate] = [0, 0, 0];
  for (let begin = 0; begin < weights.length; begin += AT_ONCE) {
    const range = { begin, end: Math.min(weights.length, begin + AT_ONCE) };
    for (const other of others) add(gradient, other, range);
    if (squares) {
      ofGradient += sumOfSquares(gradient, range);
      ofWeights += sumOfSquares(weights, range);
    }
    move(stretch, rates, range);
    if (squares) ofUpdate += sumOfSquares(velocity, range);
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

function move(
  { weights, velocity, gradients: [gradient], decay }: Stretch,
  { rate, momentum }: Rates,
  { begin, end }: Range,
): void {
  for (let i = begin; i < end; i++) {
    const weight = weights[i] as number;
    const next = momentum * (velocity[i] as number) - rate * ((gradient[i] as number) + decay * weight);
    // One comparison that a processor foresees: that of a sign it does not, and takes three times as long.
    velocity[i] = Math.abs(next) < SMALLEST ? 0 : next;
    weights[i] = weight + (velocity[i] as number);
  }
}

/** Of `length` numbers the stretch of one of `count` threads. */
export const stretchOf = (length: number, { thread, count }: { thread: number; count: number }): Range => ({
  begin: Math.floor((length * thread) / count),
  end: Math.floor((length * (thread + 1)) / count),
});
