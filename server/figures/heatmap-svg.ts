/** The heat map of layers by steps as SVG: one run below the other, one colour scale. */

import { formatNumber, formatPower } from '../domain/numbers/format.ts';
import type { Range } from './chart-model.ts';
import { cssColor, viridis } from './colors.ts';
import { gridOf } from './derived.ts';
import type { DrawnRun } from './drawn-run.ts';
import { heatmapImage } from './heatmap-image.ts';
import { gridRange } from './layer-grid.ts';
import type { LayerQuantity } from './quantities.ts';
import type { XUnit } from './run-data.ts';
import { type Ink, PAPER, svgFile, text } from './svg.ts';
import { formatX, linearTicks, logTicks, X_TITLES, xTicks } from './ticks.ts';

const LEFT = 90;
const WIDTH = 760;
const COLUMNS = 320;
const ROW = 8;

export interface HeatmapSvgOptions {
  readonly quantity: LayerQuantity;
  readonly x: XUnit;
  readonly range: Range;
  /** By default `PAPER`. */
  readonly ink?: Ink;
  /** Unique among the pictures of a page. */
  readonly id?: string;
}

/** The heat map of one quantity, layers from top to bottom, training from left to right. */
export function heatmapSvg(runs: readonly DrawnRun[], options: HeatmapSvgOptions): string {
  const { quantity, x, range, ink = PAPER, id = 'map' } = options;
  const grids = runs.map((run) => gridOf(run.data, quantity));
  const scale = gridRange(grids, quantity);
  const cell = (WIDTH - LEFT - 20) / COLUMNS;
  const parts = [
    text(`${quantity.title}: ${quantity.axis}`, { at: [LEFT, 20], anchor: 'start', weight: 'bold' }),
    ...legend(quantity, scale),
  ];
  let top = 76;
  runs.forEach((run, i) => {
    const grid = grids[i];
    if (grid === undefined || grid.probes === 0) return;
    parts.push(text(run.name, { at: [LEFT, top - 6], anchor: 'start' }));
    const image = heatmapImage(grid, { x: run.data.probes[x].view(), ...range, width: COLUMNS, range: scale });
    // Edges on whole pixels: antialiased neighbours would show the page between them.
    parts.push('<g shape-rendering="crispEdges">');
    run.data.probes.layers.forEach((layer, row) => {
      const stride = Math.ceil(14 / ROW);
      if (row % stride === 0) parts.push(text(layer, { at: [LEFT - 6, top + row * ROW + 7], anchor: 'end' }));
      for (let column = 0; column < COLUMNS; ) {
        const pixel = image[row * COLUMNS + column] as number;
        let end = column + 1;
        while (end < COLUMNS && image[row * COLUMNS + end] === pixel) end++;
        const color = cssColor([pixel & 255, (pixel >> 8) & 255, (pixel >> 16) & 255]);
        const left = (LEFT + column * cell).toFixed(2);
        // Slightly wider, or hairlines show between neighbours.
        const width = ((end - column) * cell + 0.3).toFixed(2);
        if (pixel !== 0)
          parts.push(
            `<rect x="${left}" y="${top + row * ROW}" width="${width}" height="${ROW + 0.3}" fill="${color}"/>`,
          );
        column = end;
      }
    });
    parts.push('</g>');
    top += grid.layers * ROW;
    for (const tick of xTicks(x, range.from, range.to, 9)) {
      const at = LEFT + ((tick - range.from) / (range.to - range.from)) * COLUMNS * cell;
      parts.push(text(formatX(x, tick), { at: [at, top + 16], anchor: 'middle' }));
    }
    top += 52;
  });
  parts.push(text(X_TITLES[x], { at: [(LEFT + WIDTH) / 2, top - 18], anchor: 'middle' }));
  return svgFile(parts, {
    width: WIDTH,
    height: top,
    title: quantity.title,
    ink,
    clip: { id, left: 0, right: WIDTH, top: 0, bottom: top },
  });
}

/** Sixty-four steps of the scale with its numbers below. */
function legend(quantity: LayerQuantity, [low, high]: readonly [number, number]): string[] {
  const width = 240;
  const parts: string[] = [];
  for (let i = 0; i < 64; i++) {
    parts.push(
      `<rect x="${(LEFT + (i * width) / 64).toFixed(2)}" y="28" width="${width / 64 + 0.3}" height="8" fill="${cssColor(viridis(i / 63))}"/>`,
    );
  }
  const ticks = quantity.scale === 'logarithmic' ? logTicks(10 ** low, 10 ** high, 6) : linearTicks(low, high, 5);
  for (const tick of ticks) {
    const place = ((quantity.scale === 'logarithmic' ? Math.log10(tick) : tick) - low) / (high - low);
    const label = quantity.scale === 'logarithmic' ? formatPower(tick) : formatNumber(tick);
    parts.push(text(label, { at: [LEFT + place * width, 50], anchor: 'middle' }));
  }
  return parts;
}
