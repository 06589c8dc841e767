/** The look of curves, axes and marks: options of chart.js, as plain objects. */

import type { ChartModel, Curve, Range } from '../../server/figures/chart-model.ts';
import { cssColor, rgbOf } from '../../server/figures/colors.ts';
import type { Point, YAxis } from '../../server/figures/points.ts';
import type { Theme } from '../theme.ts';

/** Most markers drawn on a curve: with more they would overlap. */
const MOST_MARKERS = 60;

/** Options of one dataset. */
export function curveLook(curve: Curve, points: Point[], index: number) {
  const color = cssColor(rgbOf(curve.color), curve.alpha);
  // A line needs two points; a single one is drawn as a dot, so that the first evaluation is visible.
  const dots = curve.marker !== undefined && points.length <= MOST_MARKERS ? 3 : points.length === 1 ? 2 : 0;
  return {
    data: points,
    borderColor: color,
    backgroundColor: color,
    borderWidth: curve.width,
    borderDash: [...curve.dash],
    borderJoinStyle: 'round',
    pointRadius: dots,
    pointStyle: curve.marker ?? 'circle',
    pointBorderWidth: 1.5,
    // A lower order is drawn later: the first curve of a run is its validation, and ends up on top.
    order: curve.behind === true ? 1000 + index : index,
    // Room for half a point at the edges.
    clip: 4,
  };
}

/** Options of an axis. */
export const axisLook = (title: string, theme: Theme) => ({
  title: { display: true, text: title, color: theme.muted, font: { size: 11, family: theme.fontFamily }, padding: 2 },
  grid: { color: theme.grid, drawTicks: false },
  border: { color: theme.border },
});

/** Options of the labels of an axis, which choose their own places. */
export const tickLook = (theme: Theme) => ({
  color: theme.muted,
  font: { size: 11, family: theme.fontFamily },
  padding: 4,
  maxRotation: 0,
  autoSkip: false,
});

/** Position of a value on the axis, 0 to 1. */
function shareOf(value: number, { low, high }: YAxis, { yScale }: ChartModel): number {
  const scale = yScale === 'logarithmic' ? Math.log : Number;
  return (scale(value) - scale(low)) / (scale(high) - scale(low));
}

/** The limit, the marks, and what lies above the axis, for the annotation plugin. */
export function annotationsOf(
  model: ChartModel,
  options: { theme: Theme; range: Range; axis: YAxis },
): Record<string, object> {
  const { theme, range, axis } = options;
  const label = (content: string, color: string) => ({
    ...{ display: true, content, color, backgroundColor: theme.background, padding: { x: 3, y: 1 }, borderRadius: 2 },
    font: { size: 10, family: theme.fontFamily, weight: 'normal' as const },
  });
  const made = new Map<string, object>();
  if (model.threshold !== undefined) {
    const { value, label: text } = model.threshold;
    made.set('threshold', {
      ...{ type: 'line', yMin: value, yMax: value, borderColor: theme.warning, borderWidth: 1, borderDash: [6, 4] },
      drawTime: 'beforeDatasetsDraw',
      // Beside its line, not on it, and over the curves; on the left, since vanishing curves rise again at the last layers.
      label: {
        ...label(text, theme.warning),
        position: 'start',
        yAdjust: shareOf(value, axis, model) > 0.85 ? 9 : -9,
        drawTime: 'afterDatasetsDraw',
      },
    });
  }
  model.marks.forEach((mark, i) => {
    if (mark.x < range.from || mark.x > range.to) return;
    const late = mark.x > (range.from + range.to) / 2;
    const aside = 4 + mark.label.length * 2.7;
    made.set(`mark ${i}`, {
      ...{ type: 'line', xMin: mark.x, xMax: mark.x, borderColor: mark.color, borderWidth: 1 },
      borderDash: [...mark.dash],
      label: {
        ...label(mark.label, mark.color),
        position: 'end',
        xAdjust: late ? -aside : aside,
        // Below the note on the axis, one below the other.
        yAdjust: ((i % 4) + (axis.above === undefined ? 0 : 1)) * 14,
      },
    });
  });
  if (axis.above !== undefined) {
    const content = `▲ up to ${model.formatY(axis.above)}, above the axis`;
    const font = { size: 10, family: theme.fontFamily };
    const position = { x: 'start', y: 'start' };
    made.set('above', {
      type: 'label',
      xValue: range.from,
      yValue: axis.high,
      content,
      color: theme.muted,
      position,
      font,
    });
  }
  return Object.fromEntries(made);
}
