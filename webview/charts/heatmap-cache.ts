/** The pixels of one heat map, reused while they still fit: a cursor move or one more step needs no new ones. */

import type { Range } from '../../server/figures/chart-model.ts';
import { heatmapImage } from '../../server/figures/heatmap-image.ts';
import type { GridRange, LayerGrid } from '../../server/figures/layer-grid.ts';

/** Share of the time that may be spent computing pixels; in between, the old ones are drawn. */
const MOST_OF_TIME = 0.1;

interface Made {
  readonly grid: LayerGrid;
  readonly probes: number;
  readonly range: Range;
  readonly scale: GridRange;
  readonly width: number;
  readonly image: OffscreenCanvas;
  /** When pixels may be recomputed although little has changed, milliseconds. */
  readonly rest: number;
}

export interface CachedPicture {
  readonly image: OffscreenCanvas;
  /** What part of the x axis the image shows. */
  readonly range: Range;
  /** Milliseconds after which to request a newer one; undefined: this is the newest. */
  readonly staleFor?: number;
}

export interface PixelsOptions {
  grid: LayerGrid;
  /** Place of every probe on the x axis. */
  x: Float64Array;
  range: Range;
  scale: GridRange;
  /** Device pixels. */
  width: number;
}

/** Computes and caches the pixels of one heat map; `now` in milliseconds. */
export function createPixels(): (options: PixelsOptions, now: number) => CachedPicture {
  let made: Made | undefined;
  return (options, now) => {
    const { grid, range, scale, width } = options;
    if (made !== undefined && made.grid === grid && made.width === width && sameEnds(made.scale, scale)) {
      const same = made.probes === grid.probes && made.range.from === range.from && made.range.to === range.to;
      if (same) return { image: made.image, range: made.range };
      if (isClose(made.range, range) && now < made.rest)
        return { image: made.image, range: made.range, staleFor: made.rest - now };
    }
    const image = new OffscreenCanvas(width, Math.max(1, grid.layers));
    const before = performance.now();
    const pixels = heatmapImage(grid, { x: options.x, from: range.from, to: range.to, width, range: scale });
    if (grid.layers > 0) {
      image
        .getContext('2d')
        ?.putImageData(new ImageData(new Uint8ClampedArray(pixels.buffer), width, grid.layers), 0, 0);
    }
    const took = performance.now() - before;
    made = { grid, probes: grid.probes, range, scale, width, image, rest: now + took / MOST_OF_TIME };
    return { image, range };
  };
}

const sameEnds = (a: GridRange, b: GridRange): boolean => a[0] === b[0] && a[1] === b[1];

/** Whether the ends differ by less than a fiftieth: the run advanced, the user did not zoom. */
function isClose(a: Range, b: Range): boolean {
  const tolerance = (a.to - a.from) / 50;
  return Math.abs(a.from - b.from) < tolerance && Math.abs(a.to - b.to) < tolerance;
}
