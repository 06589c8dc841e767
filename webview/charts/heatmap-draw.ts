/** The heat map of layers by steps on a canvas: pixels, names, axis, the chosen layer and the cursors. */

import type { Range } from '../../server/figures/chart-model.ts';
import type { Theme } from '../theme.ts';
import type { CachedPicture } from './heatmap-cache.ts';

export interface HeatmapPicture {
  readonly pixels: CachedPicture;
  readonly layers: readonly string[];
  readonly range: Range;
  readonly theme: Theme;
  readonly selected: string | null;
  readonly layerCursor: string | null;
  /** Layers named by a finding, with the colour of its severity. */
  readonly flags: ReadonlyMap<string, string>;
  readonly cursor: number | null;
  /** Being dragged over, on the x axis. */
  readonly drag: Range | null;
  readonly ticks: readonly { readonly x: number; readonly label: string }[];
}

/** Width of the plot in device pixels, for a canvas of this width. */
export const plotPixels = (width: number, layers: number): number => {
  const { left, right } = heatmapArea(width, layers);
  return Math.max(1, Math.round((right - left) * devicePixelRatio));
};

/** Positions of the parts of a heat map, CSS pixels. */
export interface HeatmapArea {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly row: number;
}

const AXIS = 18;
/** Half a line of text above the first row, for its name. */
const TOP = 5;
const RIGHT = 8;
const NAMES = 64;

/** Height of a row by number of layers: thirty take 180 pixels, few are no higher than a line of text. */
export const rowHeight = (layers: number): number => Math.max(2, Math.min(14, Math.floor(190 / Math.max(1, layers))));

/** Height of the whole heat map, CSS pixels. */
export const heatmapHeight = (layers: number): number => TOP + rowHeight(layers) * layers + AXIS;

export const heatmapArea = (width: number, layers: number): HeatmapArea => ({
  left: NAMES,
  right: Math.max(NAMES + 10, width - RIGHT),
  top: TOP,
  bottom: TOP + rowHeight(layers) * layers,
  row: rowHeight(layers),
});

/** Draws the heat map; the canvas takes its size from its box. */
export function drawHeatmap(canvas: HTMLCanvasElement, picture: HeatmapPicture): void {
  const { layers, range, theme } = picture;
  const ratio = devicePixelRatio;
  const width = canvas.clientWidth;
  const height = heatmapHeight(layers.length);
  if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
  if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
  const ctx = canvas.getContext('2d');
  if (ctx === null || width === 0) return;
  const area = heatmapArea(width, layers.length);
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  ctx.clearRect(0, 0, width, height);

  const at = (x: number): number => area.left + ((x - range.from) / (range.to - range.from)) * (area.right - area.left);
  ctx.save();
  ctx.beginPath();
  ctx.rect(area.left, area.top, area.right - area.left, area.bottom - area.top);
  ctx.clip();
  ctx.imageSmoothingEnabled = false;
  const { image, range: shown } = picture.pixels;
  ctx.drawImage(image, at(shown.from), area.top, at(shown.to) - at(shown.from), area.bottom - area.top);
  ctx.restore();
  drawNames(ctx, area, picture);
  ctx.strokeStyle = theme.border;
  ctx.lineWidth = 1;
  ctx.strokeRect(area.left - 0.5, area.top + 0.5, area.right - area.left + 1, area.bottom - area.top - 1);

  ctx.fillStyle = theme.muted;
  ctx.font = `11px ${theme.fontFamily}`;
  ctx.textAlign = 'center';
  ctx.textBaseline = 'top';
  for (const { x, label } of picture.ticks) {
    // Half the label of a tick at the end would lie outside the canvas.
    const most = width - ctx.measureText(label).width / 2;
    ctx.fillText(label, Math.min(at(x), most), area.bottom + 4);
  }

  outlineRow(ctx, { area, row: layers.indexOf(picture.selected ?? ''), color: theme.foreground, width: 1.5 });
  outlineRow(ctx, { area, row: layers.indexOf(picture.layerCursor ?? ''), color: theme.foreground, width: 0.75 });
  if (picture.drag !== null) {
    ctx.fillStyle = theme.page === 'dark' ? 'rgba(255, 255, 255, 0.25)' : 'rgba(0, 0, 0, 0.25)';
    ctx.fillRect(at(picture.drag.from), area.top, at(picture.drag.to) - at(picture.drag.from), area.bottom - area.top);
  }
  if (picture.cursor !== null && picture.cursor >= range.from && picture.cursor <= range.to) {
    const x = Math.round(at(picture.cursor)) + 0.5;
    ctx.strokeStyle = theme.background;
    ctx.lineWidth = 3;
    line(ctx, x, area);
    ctx.strokeStyle = theme.foreground;
    ctx.lineWidth = 1;
    line(ctx, x, area);
  }
}

function line(ctx: CanvasRenderingContext2D, x: number, area: HeatmapArea): void {
  ctx.beginPath();
  ctx.moveTo(x, area.top);
  ctx.lineTo(x, area.bottom);
  ctx.stroke();
}

function outlineRow(
  ctx: CanvasRenderingContext2D,
  options: { area: HeatmapArea; row: number; color: string; width: number },
): void {
  const { area, row, color, width } = options;
  if (row < 0) return;
  ctx.strokeStyle = color;
  ctx.lineWidth = width;
  ctx.strokeRect(area.left, area.top + row * area.row, area.right - area.left, area.row);
}

/** As many names as there is room for, and always those of the chosen and the pointed-at layer. */
function drawNames(ctx: CanvasRenderingContext2D, area: HeatmapArea, picture: HeatmapPicture): void {
  const { layers, theme } = picture;
  const stride = Math.ceil(13 / area.row);
  ctx.textAlign = 'right';
  ctx.textBaseline = 'middle';
  const special = [picture.selected, picture.layerCursor, ...picture.flags.keys()]
    .map((name) => layers.indexOf(name ?? ''))
    .filter((row) => row >= 0);
  layers.forEach((name, row) => {
    const isSpecial = special.includes(row);
    const crowded = special.some((other) => other !== row && Math.abs(other - row) * area.row < 11);
    if (!isSpecial && (row % stride !== 0 || crowded)) return;
    const flag = picture.flags.get(name);
    ctx.fillStyle = flag ?? (isSpecial ? theme.foreground : theme.muted);
    ctx.font = `${isSpecial ? 'bold ' : ''}11px ${theme.fontFamily}`;
    ctx.fillText(
      flag === undefined ? name : `▲ ${name}`,
      area.left - 6,
      area.top + (row + 0.5) * area.row,
      area.left - 8,
    );
  });
}
