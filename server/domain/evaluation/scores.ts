/**
 * Scores of several views, averaged. A score is a probability, the softmax of a view's logits; the paper averages scores
 * (section 5), not logits: a view without the object then has little weight, instead of outvoting one that shows it.
 * Kept as logarithms, so that a probability that would underflow keeps its size.
 */

/** log softmax of one view's logits, added to `into` by log(eᵃ + eᵇ). */
function addScores(into: Float64Array, logits: Float32Array): void {
  let largest = Number.NEGATIVE_INFINITY;
  for (const logit of logits) largest = Math.max(largest, logit);
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - largest);
  const total = largest + Math.log(sum);
  logits.forEach((logit, k) => {
    into[k] = logAdd(into[k] ?? Number.NEGATIVE_INFINITY, logit - total);
  });
}

/** log(eᵃ + eᵇ). */
function logAdd(a: number, b: number): number {
  if (a === Number.NEGATIVE_INFINITY) return b;
  if (b === Number.NEGATIVE_INFINITY) return a;
  return a > b ? a + Math.log1p(Math.exp(b - a)) : b + Math.log1p(Math.exp(a - b));
}

const nothing = (classes: number) => new Float64Array(classes).fill(Number.NEGATIVE_INFINITY);

/** log of the mean score of each class over all views of one image, [views, classes] logits. */
export function viewScores(logits: Float32Array, classes: number): Float64Array {
  const scores = nothing(classes);
  const views = logits.length / classes;
  for (let view = 0; view < views; view++) addScores(scores, logits.subarray(view * classes, (view + 1) * classes));
  return scores.map((score) => score - Math.log(views));
}

/** log of the mean of scores, all weighted alike: of several scales, or of several models. */
export function meanScores(all: readonly Float64Array[]): Float64Array {
  const [first] = all;
  if (!first) throw new Error('nothing to average');
  if (all.length === 1) return first;
  return first.map((_, k) => {
    const sum = all.reduce((total, scores) => logAdd(total, scores[k] ?? Number.NaN), Number.NEGATIVE_INFINITY);
    return sum - Math.log(all.length);
  });
}
