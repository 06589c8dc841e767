/** A step's sums of a layer's pre-activations y, and their mean and mean square. */

/** Of a part of the batch: Σy and ½Σy²; Σy and √Σy² of its first example. */
export const PART_SUMS = ['sum', 'l2', 'firstSum', 'firstNorm'] as const;
type Sums = Readonly<Record<(typeof PART_SUMS)[number], number>>;

/** Sums of squares in single precision are accurate between these: below, squares have underflowed; above, the sum overflows. */
const [LEAST, MOST] = [1e-28, 3e38];

/**
 * Of `preActivations` numbers for each of the examples. If the squares are outside single precision (a signal that vanishes or
 * explodes), they are the first example's, whose norm was computed in double precision.
 */
export function moments(
  { sum, l2, firstSum, firstNorm }: Sums,
  { examples, preActivations }: { examples: number; preActivations: number },
): { mean: number; meanSquare: number } {
  const squares = 2 * l2;
  const isRight = squares >= LEAST && squares <= MOST;
  // A sum that is not finite is not replaced by the first example's.
  if (isRight || !Number.isFinite(sum) || Number.isNaN(squares))
    return { mean: sum / (examples * preActivations), meanSquare: squares / (examples * preActivations) };
  return { mean: firstSum / preActivations, meanSquare: firstNorm ** 2 / preActivations };
}
