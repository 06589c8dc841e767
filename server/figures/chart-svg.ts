/** A line chart as SVG: the same points, axes and marks as on the canvas, in our own code. */

import type { ChartModel, Curve, Range } from './chart-model.ts';
import { type Point, pointsOf, yAxisOf } from './points.ts';
import { type Ink, line, PAPER, px, svgFile, text } from './svg.ts';
import { linearTicks, logTicks, tickLabels } from './ticks.ts';

const WIDTH = 720;
const HEIGHT = 400;
const AREA = { left: 64, right: 700, top: 34, bottom: 340 };

export interface ChartSvgOptions {
  readonly title: string;
  readonly range: Range;
  /** By default `PAPER`. */
  readonly ink?: Ink;
  /** Unique among the pictures of a page. */
  readonly id?: string;
}

/** The picture of a chart. Colours of curves come from the model: for paper, build it for a light page. */
export function chartSvg(model: ChartModel, options: ChartSvgOptions): string {
  const { range, ink = PAPER, id = 'area' } = options;
  const positive = model.yScale === 'logarithmic';
  const points = model.curves.map((curve) => pointsOf(curve, range, { buckets: AREA.right - AREA.left, positive }));
  const axis = yAxisOf(points, range, model);
  const scale = positive ? Math.log10 : (value: number): number => value;
  const [low, high] = [scale(axis.low), scale(axis.high)];
  const x = (value: number): number =>
    AREA.left + ((value - range.from) / (range.to - range.from)) * (AREA.right - AREA.left);
  const y = (value: number): number => AREA.bottom - ((scale(value) - low) / (high - low)) * (AREA.bottom - AREA.top);

  const parts: string[] = [];
  for (const tick of model.xTicks(range.from, range.to, 9)) {
    parts.push(line([x(tick), AREA.top, x(tick), AREA.bottom], ink.grid));
    parts.push(text(model.formatX(tick), { at: [x(tick), AREA.bottom + 16], anchor: 'middle' }));
  }
  const yTicks = (positive ? logTicks : linearTicks)(axis.low, axis.high, 8);
  const yLabels = tickLabels(yTicks, model.formatYTick);
  for (const [i, tick] of yTicks.entries()) {
    parts.push(line([AREA.left, y(tick), AREA.right, y(tick)], ink.grid));
    parts.push(text(yLabels[i] ?? '', { at: [AREA.left - 6, y(tick) + 4], anchor: 'end' }));
  }
  const { threshold } = model;
  if (threshold !== undefined && threshold.value >= axis.low && threshold.value <= axis.high) {
    const at = y(threshold.value);
    parts.push(line([AREA.left, at, AREA.right, at], ink.warning, '6 4'));
  }
  parts.push(`<g clip-path="url(#${id})">`);
  for (const [i, curve] of model.curves.entries()) {
    const placed = (points[i] as Point[]).map((point) => ({ x: x(point.x), y: y(point.y) }));
    parts.push(...curveParts(curve, placed));
  }
  for (const [i, mark] of model.marks.entries()) {
    if (mark.x < range.from || mark.x > range.to) continue;
    parts.push(line([x(mark.x), AREA.top, x(mark.x), AREA.bottom], mark.color, mark.dash.join(' ')));
    parts.push(
      text(mark.label, { at: [x(mark.x) + 4, AREA.top + 12 + (i % 4) * 14], anchor: 'start', color: mark.color }),
    );
  }
  parts.push('</g>');
  if (threshold !== undefined && threshold.value >= axis.low && threshold.value <= axis.high) {
    // Over the curves and on the left: vanishing curves rise again at the last layers.
    const above = y(threshold.value) - 5;
    const place = above < AREA.top + 12 ? above + 18 : above;
    parts.push(
      text(threshold.label, { at: [AREA.left + 6, place], anchor: 'start', color: ink.warning, halo: ink.page }),
    );
  }
  parts.push(
    `<rect x="${AREA.left}" y="${AREA.top}" width="${AREA.right - AREA.left}" height="${AREA.bottom - AREA.top}" fill="none" stroke="${ink.frame}"/>`,
  );
  parts.push(text(options.title, { at: [AREA.left, 20], anchor: 'start', weight: 'bold' }));
  parts.push(text(model.xTitle, { at: [(AREA.left + AREA.right) / 2, AREA.bottom + 34], anchor: 'middle' }));
  parts.push(
    `<g transform="rotate(-90 14 ${(AREA.top + AREA.bottom) / 2})">${text(model.yTitle, { at: [14, (AREA.top + AREA.bottom) / 2], anchor: 'middle' })}</g>`,
  );
  if (axis.above !== undefined)
    parts.push(
      text(`▲ up to ${model.formatY(axis.above)}, above the axis`, {
        at: [AREA.left + 4, AREA.top - 3],
        anchor: 'start',
      }),
    );
  const listed = model.curves.filter((curve) => curve.behind !== true);
  listed.forEach((curve, i) => {
    const at = HEIGHT + 14 + i * 18;
    parts.push(line([AREA.left, at - 4, AREA.left + 30, at - 4], curve.color, curve.dash.join(' '), curve.width));
    parts.push(text(curve.label, { at: [AREA.left + 38, at], anchor: 'start' }));
  });
  return svgFile(parts, {
    width: WIDTH,
    height: HEIGHT + 18 * listed.length + 8,
    title: options.title,
    clip: { id, ...AREA },
    ink,
  });
}

/** A path that breaks where the curve does, and its markers if they are few. */
function curveParts(curve: Curve, points: readonly Point[]): string[] {
  let path = '';
  let drawing = false;
  for (const point of points) {
    if (Number.isFinite(point.y)) path += `${drawing ? 'L' : 'M'}${px(point.x)} ${px(point.y)}`;
    drawing = Number.isFinite(point.y);
  }
  const dashes = curve.dash.length === 0 ? '' : ` stroke-dasharray="${curve.dash.join(' ')}"`;
  const opacity = curve.alpha === 1 ? '' : ` stroke-opacity="${curve.alpha}"`;
  const parts = [
    `<path d="${path}" fill="none" stroke="${curve.color}" stroke-width="${curve.width}" stroke-linejoin="round"${dashes}${opacity}/>`,
  ];
  if (curve.marker !== undefined && points.length <= 60) {
    for (const point of points)
      if (Number.isFinite(point.y))
        parts.push(`<circle cx="${px(point.x)}" cy="${px(point.y)}" r="2.5" fill="${curve.color}"/>`);
  }
  return parts;
}
