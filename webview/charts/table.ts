/** A chart as a table: for users who can't see it or want exact numbers. */

import type { Range } from '../../server/figures/chart-model.ts';
import { type ChartModel, type Curve, longestOf } from '../../server/figures/chart-model.ts';
import { nearest } from '../../server/figures/series.ts';

export interface ChartTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** What the table leaves out; undefined if nothing. */
  readonly note?: string;
}

const MOST_ROWS = 200;
const ROWS_OF_LONG_CURVES = 50;

/**
 * Rows are the x values of the short curves (evaluations) in view; without such, x values spread evenly over the longest one.
 * A long curve shows its nearest point; a short one only what was measured at that x.
 */
export function chartTable(model: ChartModel, range: Range): ChartTable {
  const curves = model.curves.filter((curve) => curve.behind !== true && curve.x.length > 0);
  const short = curves.filter(isShort);
  const inView = (x: number): boolean => x >= range.from && x <= range.to;
  let places = [...new Set(short.flatMap((curve) => [...curve.x]))].filter(inView).sort((a, b) => a - b);
  let note: string | undefined;
  if (places.length === 0) {
    const longest = longestOf(curves);
    const seen = [...(longest?.x ?? [])].filter(inView);
    places = spread(seen, ROWS_OF_LONG_CURVES);
    if (places.length < seen.length)
      note = `${places.length} of ${seen.length} points, evenly spread; the CSV has all.`;
  } else if (places.length > MOST_ROWS) {
    note = `${MOST_ROWS} of ${places.length} evaluations, evenly spread; the CSV has all.`;
    places = spread(places, MOST_ROWS);
  } else if (short.length < curves.length) note = 'Batches are shown only at evaluations; the CSV has all.';
  const rows = places.map((place) => [
    model.formatX(place),
    ...curves.map((curve) => {
      const index = nearest(curve.x, place);
      return isShort(curve) && curve.x[index] !== place ? '' : model.formatY(curve.y[index] as number);
    }),
  ]);
  const table = { head: [model.xTitle, ...curves.map((curve) => curve.label)], rows };
  return note === undefined ? table : { ...table, note };
}

const isShort = (curve: Curve): boolean => curve.marker !== undefined || curve.x.length <= ROWS_OF_LONG_CURVES;

/** At most `most` of the values, the first and the last among them. */
export function spread<T>(values: readonly T[], most: number): T[] {
  if (values.length <= most) return [...values];
  return Array.from({ length: most }, (_, i) => values[Math.round((i * (values.length - 1)) / (most - 1))] as T);
}
