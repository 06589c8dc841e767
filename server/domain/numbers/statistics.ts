/** Small statistics of a few numbers. All give NaN where there is no number, or one of them is NaN. */

/** Middle value; mean of the two middle ones. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2;
}

/** The least value with a share q (0 to 1) of all values below it. */
export const quantile = (values: readonly number[], q: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(q * values.length))] ?? Number.NaN;

/** 0 of no numbers. */
export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Sample variance (n − 1); 0 for one number. */
function variance(values: readonly number[]): number {
  const average = mean(values);
  return values.reduce((sum, value) => sum + (value - average) ** 2, 0) / Math.max(1, values.length - 1);
}

/** Standard deviation of a sample (n − 1); 0 for one number. */
export const standardDeviation = (values: readonly number[]): number => Math.sqrt(variance(values));

/** Standard error of the mean. */
export const standardError = (values: readonly number[]): number => Math.sqrt(variance(values) / values.length);
