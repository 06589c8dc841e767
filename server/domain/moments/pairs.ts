/**
 * E[x_p·x_q] of pairs of positions of one map at initialisation. How much of a signal an average or a maximum keeps depends on
 * the correlation of its positions, and zero padding decorrelates distant ones more than a single number can express: the windows of two
 * positions at opposite borders share few weights that meet pixels.
 *
 * A pair has no order, so only half of them are kept: any two rows once.
 */
import type { Grid, Moments, Pairs, Stretch } from './moments.ts';

/** Maps of more positions than 14×14 have one correlation for all pairs: at 28×28 a check would take seconds, not milliseconds. */
export const MOST_POSITIONS = 196;

/** The number of row pairs before rows r₁ ≥ r₂. */
const rowPair = (r1: number, r2: number): number => (r1 * (r1 + 1)) / 2 + r2;

/** Storage for a value of every two positions. */
const room = (height: number, width: number): Float64Array => new Float64Array(rowPair(height, 0) * width * width);

/** The indices of positions paired with themselves. */
const itself = (row: number, column: number, width: number): number =>
  (rowPair(row, row) * width + column) * width + column;

const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);

/** E[x²] of every position, row by row. */
function ownMoments({ height, width, values }: Pairs): Float64Array {
  const moments = new Float64Array(height * width);
  for (let r = 0; r < height; r++)
    for (let c = 0; c < width; c++) moments[r * width + c] = values[itself(r, c, width)] ?? 0;
  return moments;
}

/** The value of positions p and q, times the factors of p and of q, which are given row by row. */
function scaledBy({ height, width, values }: Pairs, factors: Float64Array): Pairs {
  const scaled = room(height, width);
  let i = 0;
  for (let row1 = 0; row1 < factors.length; row1 += width)
    for (let row2 = 0; row2 <= row1; row2 += width)
      for (let p = row1; p < row1 + width; p++)
        for (let q = row2; q < row2 + width; q++) {
          scaled[i] = (values[i] ?? 0) * (factors[p] ?? 0) * (factors[q] ?? 0);
          i++;
        }
  return { height, width, values: scaled };
}

/** E[x_p·x_q] / √(E[x_p²]·E[x_q²]); 1 of a position with itself. */
const correlations = (pairs: Pairs): Pairs =>
  scaledBy(
    pairs,
    ownMoments(pairs).map((moment) => 1 / Math.sqrt(moment)),
  );

/** Pairs of a map with the same correlation of any two positions. */
export function uniformPairs({ height, width, products, correlation }: Moments): Pairs {
  const values = room(height, width).fill(correlation);
  const moments = new Float64Array(height * width);
  for (let r = 0; r < height; r++)
    for (let c = 0; c < width; c++) {
      values[itself(r, c, width)] = 1;
      moments[r * width + c] = products.reduce((sum, { rows, columns }) => sum + (rows[r] ?? 0) * (columns[c] ?? 0), 0);
    }
  return scaledBy({ height, width, values }, moments.map(Math.sqrt));
}

/** Pairs with a function applied to their correlations; second moments keep their ratios. */
export function mapCorrelations(pairs: Pairs, f: (correlation: number) => number): Pairs {
  const { values, ...map } = correlations(pairs);
  for (let i = 0; i < values.length; i++) values[i] = f(values[i] ?? 0);
  const moments = ownMoments(pairs);
  // Relative to their mean: repeated sums over windows would overflow double precision within a hundred layers.
  const scale = Math.sqrt(sum(moments) / moments.length);
  return scaledBy(
    { ...map, values },
    moments.map((moment) => Math.sqrt(moment) / scale),
  );
}

/** Pairs with every position's own second moment multiplied by a factor; products of two positions are unchanged. */
export function withOwnMoments({ height, width, values }: Pairs, factor: number): Pairs {
  const scaled = Float64Array.from(values);
  for (let r = 0; r < height; r++)
    for (let c = 0; c < width; c++) {
      const at = itself(r, c, width);
      scaled[at] = (scaled[at] ?? 0) * factor;
    }
  return { height, width, values: scaled };
}

/** Pairs of the sum of uncorrelated maps; `moment`: the mean E[x²] of each, its weight in the sum. */
export function addPairs(maps: readonly { readonly pairs: Pairs; readonly moment: number }[]): Pairs | undefined {
  const [first] = maps;
  if (!first) return undefined;
  const { height, width } = first.pairs;
  const values = room(height, width);
  for (const { pairs, moment } of maps) {
    const own = ownMoments(pairs);
    const scale = moment / (sum(own) / own.length);
    for (let i = 0; i < values.length; i++) values[i] = (values[i] ?? 0) + scale * (pairs.values[i] ?? 0);
  }
  return { height, width, values };
}

/** The windows of a convolution along one axis: where each starts, before it is clipped to the map. */
export interface Taps {
  readonly starts: readonly number[];
  readonly size: number;
}

/** The taps that meet inputs in either of two windows, on an axis of `length` inputs. */
const sharedTaps = ({ size }: Taps, length: number, [start1, start2]: readonly [number, number]): Stretch => ({
  start: Math.max(0, -start1, -start2),
  end: Math.min(size, length - start1, length - start2),
});

/** The sum over the taps that two windows share, along the columns: any two rows advance together. */
function sumRows({ height, width, values }: Pairs, taps: Taps): Pairs {
  const sums = room(taps.starts.length, width);
  const area = width * width;
  for (const [i1, start1] of taps.starts.entries())
    for (const [i2, start2] of taps.starts.slice(0, i1 + 1).entries()) {
      const { start, end } = sharedTaps(taps, height, [start1, start2]);
      const to = rowPair(i1, i2) * area;
      for (let tap = start; tap < end; tap++) {
        const from = rowPair(start1 + tap, start2 + tap) * area;
        for (let k = 0; k < area; k++) sums[to + k] = (sums[to + k] ?? 0) + (values[from + k] ?? 0);
      }
    }
  return { height: taps.starts.length, width, values: sums };
}

/** The same along the rows: within any two rows, any two columns advance together. */
function sumColumns({ height, width, values }: Pairs, taps: Taps): Pairs {
  const { length } = taps.starts;
  const sums = room(height, length);
  for (const [i1, start1] of taps.starts.entries())
    for (const [i2, start2] of taps.starts.entries()) {
      const { start, end } = sharedTaps(taps, width, [start1, start2]);
      for (let tap = start; tap < end; tap++) {
        let from = (start1 + tap) * width + start2 + tap;
        for (let to = i1 * length + i2; to < sums.length; to += length * length) {
          sums[to] = (sums[to] ?? 0) + (values[from] ?? 0);
          from += width * width;
        }
      }
    }
  return { height, width: length, values: sums };
}

/**
 * Pairs after a convolution of independent weights: E[y_p·y_q] is the sum of E[x·x] over the taps, exactly. Two outputs meet in
 * the inputs that the same weight multiplies.
 */
export const convolvedPairs = (pairs: Pairs, { rows, columns }: { rows: Taps; columns: Taps }): Pairs =>
  sumColumns(sumRows(pairs, rows), columns);

/** One window of a pool. */
export interface Window {
  readonly rows: Stretch;
  readonly columns: Stretch;
}

/** Row by row. */
export const windowsOf = ({ rows, columns }: Grid): Window[] =>
  rows.flatMap((row) => columns.map((column) => ({ rows: row, columns: column })));

/** Positions of a window. */
export const windowSize = ({ rows, columns }: Window): number =>
  (rows.end - rows.start) * (columns.end - columns.start);

/** The mean over a position of p and one of q. */
function meanOver({ width, values }: Pairs, p: Window, q: Window): number {
  let total = 0;
  for (let r1 = p.rows.start; r1 < p.rows.end; r1++)
    for (let r2 = q.rows.start; r2 < q.rows.end; r2++) {
      // If the rows are stored in the other order, so are the columns.
      const from = rowPair(Math.max(r1, r2), Math.min(r1, r2)) * width * width;
      const [step1, step2] = r1 < r2 ? [1, width] : [width, 1];
      for (let c1 = p.columns.start; c1 < p.columns.end; c1++)
        for (let c2 = q.columns.start; c2 < q.columns.end; c2++) total += values[from + c1 * step1 + c2 * step2] ?? 0;
    }
  return total / (windowSize(p) * windowSize(q));
}

/** The mean over a position of one window and one of another, for every two windows. */
function windowMeans(pairs: Pairs, { rows, columns }: Grid): Pairs {
  const values: number[] = [];
  for (const [i, rows1] of rows.entries())
    for (const rows2 of rows.slice(0, i + 1))
      for (const columns1 of columns)
        for (const columns2 of columns)
          values.push(meanOver(pairs, { rows: rows1, columns: columns1 }, { rows: rows2, columns: columns2 }));
  return { height: rows.length, width: columns.length, values: Float64Array.from(values) };
}

/** E[x²] of every window, mean over its positions: equal to a map of second moments there, before the pool's factor. */
const windowMoments = (pairs: Pairs, grid: Grid): Float64Array => {
  const moments = ownMoments(pairs);
  return Float64Array.from(windowsOf(grid), (window) => {
    let total = 0;
    for (let r = window.rows.start; r < window.rows.end; r++)
      for (let c = window.columns.start; c < window.columns.end; c++) total += moments[r * pairs.width + c] ?? 0;
    return total / windowSize(window);
  });
};

/** The second moment of averages over windows, relative to the mean of their positions', and their pairs. */
export function averagedPairs(pairs: Pairs, grid: Grid): { factor: number; pairs: Pairs } {
  const means = windowMeans(pairs, grid);
  const before = windowMoments(pairs, grid);
  return { factor: sum(ownMoments(means)) / sum(before), pairs: scaledBy(correlations(means), before.map(Math.sqrt)) };
}

/** Mean correlation of two different positions of each window. */
export function withinWindows(pairs: Pairs, windows: readonly Window[]): number[] {
  const alike = correlations(pairs);
  return windows.map((window) => {
    const m = windowSize(window);
    return m < 2 ? 1 : (meanOver(alike, window, window) * m - 1) / (m - 1);
  });
}

/** Pairs of maxima: as alike as their windows' positions are on average, relative to those within a window. */
export const maximumPairs = (pairs: Pairs, grid: Grid): Pairs =>
  scaledBy(correlations(windowMeans(correlations(pairs), grid)), windowMoments(pairs, grid).map(Math.sqrt));
