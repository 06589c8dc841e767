/**
 * Correlations of pairs of positions of one map at initialisation. What an average or a maximum leaves of a signal depends on
 * how alike its positions are, and zero padding makes distant ones less alike than a single number can say: the windows of two
 * positions at opposite borders share few weights that meet pixels.
 */
import { type Grid, type Moments, meanMoment } from './moments.ts';

/** E[x_p·x_q] / √(E[x_p²]·E[x_q²]) of positions p and q, [positions, positions]; the diagonal is 1. */
export type Pairs = Float64Array;

/** Maps of more positions than 14×14 have one correlation for all pairs: at 28×28 a check would take seconds, not milliseconds. */
export const MOST_POSITIONS = 196;

/** The same correlation between any two positions. */
export function uniformPairs(positions: number, correlation: number): Pairs {
  const pairs = new Float64Array(positions * positions).fill(correlation);
  for (let p = 0; p < positions; p++) pairs[p * positions + p] = 1;
  return pairs;
}

/** What a function makes of every correlation of two different positions. */
export function mapPairs(pairs: Pairs, f: (correlation: number) => number): Pairs {
  const n = Math.round(Math.sqrt(pairs.length));
  const mapped = new Float64Array(pairs.length);
  for (let p = 0; p < n; p++) {
    mapped[p * n + p] = 1;
    for (let q = 0; q < p; q++) mapped[p * n + q] = mapped[q * n + p] = f(pairs[p * n + q] ?? 0);
  }
  return mapped;
}

/** √E[x²] of every position, row by row. */
function deviations({ height, width, products }: Moments): Float64Array {
  const moments = new Float64Array(height * width);
  for (const { rows, columns } of products)
    for (let r = 0; r < height; r++)
      for (let c = 0; c < width; c++)
        moments[r * width + c] = (moments[r * width + c] ?? 0) + (rows[r] ?? 0) * (columns[c] ?? 0);
  return moments.map(Math.sqrt);
}

/** E[x_p·x_q], up to one factor: relative to the map's mean, so that no depth leaves double precision. */
function covariances(moments: Moments, pairs: Pairs): Float64Array {
  const scale = Math.sqrt(meanMoment(moments)) || 1;
  const deviation = deviations(moments).map((value) => value / scale);
  return scaledBy(pairs, deviation);
}

/** The number of positions p and q, times those of p and of q. */
function scaledBy(pairs: Float64Array, factors: Float64Array): Float64Array {
  const scaled = new Float64Array(pairs.length);
  let i = 0;
  for (const p of factors)
    for (const q of factors) {
      scaled[i] = (pairs[i] ?? 0) * p * q;
      i++;
    }
  return scaled;
}

/** Divides by the diagonal. */
function normalized(covariance: Float64Array, n: number): Pairs {
  const inverse = Float64Array.from({ length: n }, (_, p) => 1 / Math.sqrt(covariance[p * n + p] || 1));
  return scaledBy(covariance, inverse);
}

/** The windows of a convolution along one axis: where each begins, before it is clipped to the map. */
export interface Taps {
  readonly starts: readonly number[];
  readonly size: number;
}

/**
 * Of an array [a, length, b, a, length, b], the sum over the taps of a window, the same tap for both positions: two outputs
 * of a convolution meet in the inputs that the same weight multiplies.
 */
function sumTaps(values: Float64Array, taps: Taps, [a, length, b]: readonly [number, number, number]): Float64Array {
  const { starts, size } = taps;
  const out = starts.length;
  const [rowIn, rowOut] = [a * length * b, a * out * b];
  const sums = new Float64Array(rowOut * rowOut);
  for (let a1 = 0; a1 < a; a1++)
    for (const [i, first] of starts.entries())
      for (let tap = Math.max(0, -first); tap < Math.min(size, length - first); tap++)
        for (let b1 = 0; b1 < b; b1++) {
          const from = ((a1 * length + first + tap) * b + b1) * rowIn;
          const to = ((a1 * out + i) * b + b1) * rowOut;
          for (let j = 0; j < out; j++) {
            const at = (starts[j] ?? 0) + tap;
            if (at < 0 || at >= length) continue;
            for (let a2 = 0; a2 < a; a2++)
              for (let b2 = 0; b2 < b; b2++) {
                const target = to + (a2 * out + j) * b + b2;
                sums[target] = (sums[target] ?? 0) + (values[from + (a2 * length + at) * b + b2] ?? 0);
              }
          }
        }
  return sums;
}

/** Pairs after a convolution of independent weights: E[y_p·y_q] is the sum of E[x·x] over the taps, exactly. */
export function convolvedPairs(
  moments: Moments,
  pairs: Pairs,
  { rows, columns }: { rows: Taps; columns: Taps },
): Pairs {
  const { height, width } = moments;
  const alongRows = sumTaps(covariances(moments, pairs), rows, [1, height, width]);
  const sums = sumTaps(alongRows, columns, [rows.starts.length, width, 1]);
  return normalized(sums, rows.starts.length * columns.starts.length);
}

/** Positions of each window of a pool, in order of the outputs. */
export const windowPositions = ({ rows, columns }: Grid, width: number): number[][] =>
  rows.flatMap((row) =>
    columns.map((column) => {
      const positions: number[] = [];
      for (let r = row.start; r < row.end; r++)
        for (let c = column.start; c < column.end; c++) positions.push(r * width + c);
      return positions;
    }),
  );

const sumOver = (values: Float64Array, n: number, [p, q]: readonly [readonly number[], readonly number[]]): number => {
  let total = 0;
  for (const i of p) for (const j of q) total += values[i * n + j] ?? 0;
  return total;
};

/** What averages over windows leave of the second moment, relative to the mean of their positions', and their pairs. */
export function averagedPairs(moments: Moments, pairs: Pairs, grid: Grid): { factor: number; pairs: Pairs } {
  const n = moments.height * moments.width;
  const positions = windowPositions(grid, moments.width);
  const covariance = covariances(moments, pairs);
  const sums = Float64Array.from(
    positions.flatMap((p) => positions.map((q) => sumOver(covariance, n, [p, q]) / (p.length * q.length))),
  );
  let before = 0;
  let after = 0;
  for (const [i, window] of positions.entries()) {
    after += sums[i * positions.length + i] ?? 0;
    before += window.reduce((sum, p) => sum + (covariance[p * n + p] ?? 0), 0) / window.length;
  }
  return { factor: before > 0 ? after / before : 0, pairs: normalized(sums, positions.length) };
}

/** Mean correlation of two different positions of a window. */
export function withinWindow(pairs: Pairs, n: number, window: readonly number[]): number {
  const m = window.length;
  return m < 2 ? 1 : (sumOver(pairs, n, [window, window]) - m) / (m * (m - 1));
}

/** Pairs of maxima: as alike as their windows' positions are on average, relative to those within a window. */
export function maximumPairs(pairs: Pairs, n: number, windows: readonly (readonly number[])[]): Pairs {
  const own = windows.map((window) => sumOver(pairs, n, [window, window]) / window.length ** 2);
  return Float64Array.from(
    windows.flatMap((p, i) =>
      windows.map((q, j) =>
        i === j ? 1 : sumOver(pairs, n, [p, q]) / (p.length * q.length) / Math.sqrt((own[i] ?? 1) * (own[j] ?? 1)),
      ),
    ),
  );
}
