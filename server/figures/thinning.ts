/**
 * Thinning that loses no spike: of every bucket of points the least, the greatest and the first that is not finite are kept.
 * A million points are summarised in blocks of 256 as they arrive, so that a chart costs thousands of reads and not millions.
 */
import { lowerBound } from './series.ts';

/** A chart of a million points reads four thousand blocks; up to 150,000 points are read one by one. */
const BLOCK = 256;

/** The indices of the extremes of every block of values, kept up to date as the values grow. */
export class BlockExtremes {
  #least = new Int32Array(0);
  #greatest = new Int32Array(0);
  /** Index of the first value of the block that is not finite, −1 without one. */
  #broken = new Int32Array(0);
  #values = 0;

  /** Adds what was appended to `values` since the last call. */
  extend(values: Float64Array): void {
    if (values.length < this.#values) this.cut(values.length);
    if (values.length === this.#values) return;
    const blocks = Math.ceil(values.length / BLOCK);
    if (blocks > this.#least.length) {
      const size = Math.ceil(blocks * 1.5);
      this.#least = grow(this.#least, size);
      this.#greatest = grow(this.#greatest, size);
      this.#broken = grow(this.#broken, size);
    }
    for (let block = Math.floor(this.#values / BLOCK); block < blocks; block++) {
      const found = extremes(values, block * BLOCK, Math.min(values.length, (block + 1) * BLOCK));
      this.#least[block] = found.least;
      this.#greatest[block] = found.greatest;
      this.#broken[block] = found.broken;
    }
    this.#values = values.length;
  }

  /** Drops everything from index `length` on. */
  cut(length: number): void {
    this.#values = Math.min(this.#values, Math.floor(length / BLOCK) * BLOCK);
  }

  /** Extremes over whole blocks [from, to), counted in blocks. */
  over(values: Float64Array, from: number, to: number): Extremes {
    let least = -1;
    let greatest = -1;
    let broken = -1;
    for (let block = from; block < to; block++) {
      const low = this.#least[block] as number;
      const high = this.#greatest[block] as number;
      const bad = this.#broken[block] as number;
      if (low >= 0 && (least < 0 || (values[low] as number) < (values[least] as number))) least = low;
      if (high >= 0 && (greatest < 0 || (values[high] as number) > (values[greatest] as number))) greatest = high;
      if (bad >= 0 && broken < 0) broken = bad;
    }
    return { least, greatest, broken };
  }

  /** Where ranges of values that are not finite start, the first `most` of them. */
  brokenStretches(values: Float64Array, most: number): number[] {
    const starts: number[] = [];
    for (let block = 0; block * BLOCK < this.#values; block++) {
      const first = this.#broken[block] as number;
      if (first < 0) continue;
      const end = Math.min(this.#values, (block + 1) * BLOCK);
      for (let i = first; i < end && starts.length < most; i++) {
        const before = i === 0 || Number.isFinite(values[i - 1] as number);
        if (before && !Number.isFinite(values[i] as number)) starts.push(i);
      }
    }
    return starts;
  }
}

/** Indices; −1 where there is none. */
interface Extremes {
  least: number;
  greatest: number;
  broken: number;
}

function grow(old: Int32Array<ArrayBuffer>, size: number): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(size);
  grown.set(old);
  return grown;
}

function extremes(values: Float64Array, from: number, to: number): Extremes {
  let least = -1;
  let greatest = -1;
  let broken = -1;
  for (let i = from; i < to; i++) {
    const value = values[i] as number;
    if (!Number.isFinite(value)) {
      if (broken < 0) broken = i;
      continue;
    }
    if (least < 0 || value < (values[least] as number)) least = i;
    if (greatest < 0 || value > (values[greatest] as number)) greatest = i;
  }
  return { least, greatest, broken };
}

export interface ThinOptions {
  /** Visible part of the x axis. */
  from: number;
  to: number;
  /** Pixels of its width: at most about three points a bucket are kept. */
  buckets: number;
  /** Extremes of `y`, up to date; by default every visible point is read. */
  blocks?: BlockExtremes;
}

/**
 * Which points to draw of a curve with ascending `x`: ascending indices, including one point beyond either edge so that
 * the line runs to the edge.
 */
export function thin(x: Float64Array, y: Float64Array, options: ThinOptions): number[] {
  const { from, to, buckets, blocks } = options;
  const first = lowerBound(x, from);
  const end = upperBound(x, to);
  const count = end - first;
  const kept: number[] = first > 0 ? [first - 1] : [];
  const keep = (index: number): void => {
    if (index > (kept.at(-1) ?? -1)) kept.push(index);
  };
  if (count <= 3 * buckets) {
    for (let i = first; i < end; i++) keep(i);
  } else {
    const add = (found: Extremes): void => {
      for (const index of [found.least, found.greatest, found.broken].sort((a, b) => a - b)) keep(index);
    };
    const size = Math.ceil(count / buckets);
    if (blocks !== undefined && size >= 2 * BLOCK) {
      const width = Math.ceil(size / BLOCK);
      const firstWhole = Math.ceil(first / BLOCK);
      const lastWhole = Math.floor(end / BLOCK);
      // Blocks cut by the view are read point by point: their extremes may be outside.
      add(extremes(y, first, firstWhole * BLOCK));
      for (let block = firstWhole; block < lastWhole; block += width) {
        add(blocks.over(y, block, Math.min(lastWhole, block + width)));
      }
      add(extremes(y, lastWhole * BLOCK, end));
    } else {
      for (let i = first; i < end; i += size) add(extremes(y, i, Math.min(end, i + size)));
    }
    keep(end - 1);
  }
  if (end < x.length) keep(end);
  return kept;
}

/** First index whose value is greater than `x`. */
function upperBound(values: Float64Array, x: number): number {
  let index = lowerBound(values, x);
  while (index < values.length && values[index] === x) index++;
  return index;
}
