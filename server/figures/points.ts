/** From curves to the points of a chart: thinned, without what can't be drawn, and the y axis that fits them. */

import type { ChartModel, Curve, Range } from './chart-model.ts';
import { thin } from './thinning.ts';

export interface Point {
  x: number;
  /** NaN breaks the line. */
  y: number;
}

/** The points of a curve in view; on a logarithmic axis zero and less are breaks, as NaN and infinity are everywhere. */
export function pointsOf(curve: Curve, range: Range, options: { buckets: number; positive: boolean }): Point[] {
  const { x, y, blocks } = curve;
  const kept = thin(x, y, { ...range, buckets: options.buckets, ...(blocks === undefined ? {} : { blocks }) });
  return kept.map((index) => {
    const value = y[index] as number;
    const drawn = Number.isFinite(value) && (value > 0 || !options.positive);
    return { x: x[index] as number, y: drawn ? value : Number.NaN };
  });
}

export interface YAxis {
  readonly low: number;
  readonly high: number;
  /** Greatest value, if the axis ends below it to keep the rest visible. */
  readonly above?: number;
}

/** A value counts as an outlier at this many times the distance from the 5th to the 95th per cent above the latter. */
const OUTLIER = 8;

/**
 * Ends of the y axis for these points and limits. A linear axis leaves out values far above nearly everything else (a
 * loss that explodes to 1e30 before it is NaN would make a flat line of everything before).
 */
export function yAxisOf(points: readonly (readonly Point[])[], range: Range, model: ChartModel): YAxis {
  const values: number[] = [];
  for (const list of points)
    for (const { x, y } of list) if (x >= range.from && x <= range.to && !Number.isNaN(y)) values.push(y);
  if (model.threshold !== undefined) values.push(model.threshold.value);
  if (values.length === 0) return model.yScale === 'linear' ? { low: 0, high: 1 } : { low: 1e-3, high: 1 };
  values.sort((a, b) => a - b);
  const low = values[0] as number;
  const high = values.at(-1) as number;
  if (model.yScale === 'logarithmic') {
    const margin = Math.max(1.15, (high / low) ** 0.05);
    return { low: low / margin, high: high * margin };
  }
  const quantile = (share: number): number => values[Math.floor(share * (values.length - 1))] as number;
  const [usual, top] = [quantile(0.05), quantile(0.95)];
  const end = top + OUTLIER * (top - usual);
  const clipped = top > usual && high > end;
  const reach = clipped ? top + (top - usual) : high;
  const margin = 0.05 * (reach - low) || 0.05 * Math.abs(low) || 0.5;
  // Errors and losses are never negative: no axis starts at −0.1.
  const bottom = low >= 0 ? Math.max(0, low - margin) : low - margin;
  return clipped ? { low: bottom, high: reach, above: high } : { low: bottom, high: reach + margin };
}
