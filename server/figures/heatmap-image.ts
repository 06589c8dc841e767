/** Pixels of the heat map of layers by steps: one row per layer, one column per pixel of the x axis. Pure arithmetic. */
import { BROKEN_COLOR, type Rgb, viridis, ZERO_COLOR } from './colors.ts';
import { BROKEN, type GridRange, type LayerGrid, ZERO } from './layer-grid.ts';
import { lowerBound } from './series.ts';

export interface HeatmapImageOptions {
  /** Place of every probe on the x axis, ascending. */
  x: Float64Array;
  /** Visible part of the x axis. */
  from: number;
  to: number;
  /** Pixel columns. */
  width: number;
  range: GridRange;
}

const SHADES = 256;
const pack = ([red, green, blue]: Rgb): number => ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
const PALETTE = Uint32Array.from({ length: SHADES }, (_, i) => pack(viridis(i / (SHADES - 1))));
const ZERO_PIXEL = pack(ZERO_COLOR);
const BROKEN_PIXEL = pack(BROKEN_COLOR);

/** [layer][column] as little-endian RGBA, first layer on top; 0 (transparent) where nothing was measured. */
export function heatmapImage(grid: LayerGrid, options: HeatmapImageOptions): Uint32Array<ArrayBuffer> {
  const { width, range } = options;
  const image = new Uint32Array(width * grid.layers);
  const columns = probesOfColumns(grid, options);
  const scale = (SHADES - 1) / (range[1] - range[0]);
  const shown = new Float32Array(grid.layers);
  for (let column = 0; column < width; column++) {
    const from = columns[2 * column] as number;
    const end = columns[2 * column + 1] as number;
    if (from >= end) continue;
    spikes(grid, { from, end, shown });
    for (let layer = 0; layer < grid.layers; layer++) {
      const value = shown[layer] as number;
      if (Number.isNaN(value)) continue;
      const shade = Math.min(SHADES - 1, Math.max(0, Math.round((value - range[0]) * scale)));
      image[layer * width + column] =
        value === BROKEN ? BROKEN_PIXEL : value === ZERO ? ZERO_PIXEL : (PALETTE[shade] as number);
    }
  }
  return image;
}

/**
 * Which probes each column shows, as pairs [first, end): those inside it, else the last one before it, since a probe
 * holds until the next. The last probe holds for as long as the one before it did.
 */
function probesOfColumns(grid: LayerGrid, options: HeatmapImageOptions): Int32Array {
  const { from, to, width } = options;
  const x = options.x.subarray(0, grid.probes);
  const pairs = new Int32Array(2 * width);
  if (x.length === 0 || !(to > from)) return pairs;
  const last = x.length - 1;
  const gap = last > 0 ? (x[last] as number) - (x[last - 1] as number) : 0;
  const stop = (x[last] as number) + Math.max(gap, (to - from) / width);
  let next = lowerBound(x, from);
  for (let column = 0; column < width; column++) {
    const left = from + ((to - from) * column) / width;
    const right = from + ((to - from) * (column + 1)) / width;
    const first = next;
    while (next < x.length && (x[next] as number) < right) next++;
    if (next > first) {
      pairs[2 * column] = first;
      pairs[2 * column + 1] = next;
    } else if (first > 0 && left < stop) {
      pairs[2 * column] = first - 1;
      pairs[2 * column + 1] = first;
    }
  }
  return pairs;
}

/**
 * For several probes in one column, each layer's value farthest from their mean; a broken value takes precedence, then a zero.
 * The farthest is the least or the greatest, so one pass in memory order finds it.
 */
function spikes(grid: LayerGrid, cells: { from: number; end: number; shown: Float32Array }): void {
  const { from, end, shown } = cells;
  const { layers, values } = grid;
  if (end - from === 1) {
    shown.set(values.subarray(from * layers, end * layers));
    return;
  }
  const least = new Float32Array(layers).fill(Number.POSITIVE_INFINITY);
  const greatest = new Float32Array(layers).fill(Number.NEGATIVE_INFINITY);
  const sum = new Float64Array(layers);
  const count = new Int32Array(layers);
  const special = new Float32Array(layers);
  for (let probe = from; probe < end; probe++) {
    for (let layer = 0; layer < layers; layer++) {
      const value = values[probe * layers + layer] as number;
      if (value === BROKEN) special[layer] = BROKEN;
      else if (value === ZERO) special[layer] = special[layer] === BROKEN ? BROKEN : ZERO;
      else if (!Number.isNaN(value)) {
        if (value < (least[layer] as number)) least[layer] = value;
        if (value > (greatest[layer] as number)) greatest[layer] = value;
        sum[layer] = (sum[layer] as number) + value;
        count[layer] = (count[layer] as number) + 1;
      }
    }
  }
  for (let layer = 0; layer < layers; layer++) {
    const mean = (sum[layer] as number) / (count[layer] as number);
    const [low, high] = [least[layer] as number, greatest[layer] as number];
    if (special[layer] !== 0) shown[layer] = special[layer] as number;
    else if (count[layer] === 0) shown[layer] = Number.NaN;
    else shown[layer] = mean - low > high - mean ? low : high;
  }
}
