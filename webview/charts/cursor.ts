/** The one cursor on a chart: a line, and a dot on every curve at its nearest point. */

import type { ChartModel } from '../../server/figures/chart-model.ts';
import { nearest } from '../../server/figures/series.ts';
import type { Theme } from '../theme.ts';

/** An axis of a drawn chart: its ends and the position of a value, pixels. */
interface DrawnAxis {
  min: number;
  max: number;
  getPixelForValue(value: number): number;
}

export interface CursorPlace {
  ctx: CanvasRenderingContext2D;
  chartArea: { top: number; bottom: number };
  x: DrawnAxis;
  y: DrawnAxis;
}

export function drawCursor(place: CursorPlace, options: { model: ChartModel; theme: Theme; cursor: number }): void {
  const { model, theme, cursor } = options;
  const { ctx, chartArea, x, y } = place;
  if (cursor < x.min || cursor > x.max) return;
  ctx.save();
  ctx.strokeStyle = theme.foreground;
  ctx.globalAlpha = 0.55;
  ctx.lineWidth = 1;
  const at = Math.round(x.getPixelForValue(cursor)) + 0.5;
  ctx.beginPath();
  ctx.moveTo(at, chartArea.top);
  ctx.lineTo(at, chartArea.bottom);
  ctx.stroke();
  ctx.globalAlpha = 1;
  for (const curve of model.curves) {
    if (curve.behind === true) continue;
    const index = nearest(curve.x, cursor);
    const value = curve.y[index];
    if (value === undefined || !(value >= y.min && value <= y.max)) continue;
    ctx.beginPath();
    ctx.arc(x.getPixelForValue(curve.x[index] as number), y.getPixelForValue(value), 3.5, 0, 2 * Math.PI);
    ctx.fillStyle = curve.color;
    ctx.fill();
    ctx.strokeStyle = theme.background;
    ctx.stroke();
  }
  ctx.restore();
}
