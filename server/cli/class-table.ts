/** Errors by class as commands print them. */

import { formatCount, formatFixed, formatPercent } from '../domain/numbers/format.ts';
import {
  type ClassDifference,
  type ClassErrorRow,
  className,
  describeCounts,
  ends,
  formatPoints,
} from '../figures/class-errors.ts';
import type { WorstImage } from '../protocol/events.ts';
import { table } from './output.ts';

/** More classes than this are shown by their ends only. */
const MOST_ROWS = 40;

/** A head, and the rows below it, the middle left out where there are too many. */
function shortTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const { first, left, last } = ends(rows, MOST_ROWS);
  return table([head, ...first, ...(left > 0 ? [[`… ${left} more`]] : []), ...last]);
}

export const classTable = (rows: readonly ClassErrorRow[]): string =>
  shortTable(
    ['class', 'images', 'top-1', 'top-5', 'taken for'],
    rows.map((row) => [
      row.class,
      formatCount(row.images),
      formatPercent(row.top1),
      formatPercent(row.top5),
      row.taken_for === undefined ? '' : `${row.taken_for} ×${row.taken_count}`,
    ]),
  );

/** Sentences and a table; `first` and `second` are what the two are called. */
export function differenceText(difference: ClassDifference, first: string, second: string): string {
  const { top1, top5, classes } = difference;
  const rows = classes.map((row) => [
    row.class,
    formatPoints(row.top1),
    row.top5 === undefined ? '–' : formatPoints(row.top5),
  ]);
  return [
    `Errors of ${first} minus those of ${second}, by class`,
    `top-1: ${describeCounts(top1)}`,
    ...(top5 ? [`top-5: ${describeCounts(top5)}`] : []),
    shortTable(['class', 'top-1, points', 'top-5, points'], rows),
  ].join('\n');
}

/** Images of the worst classes, for people. */
export const worstTable = (images: readonly WorstImage[], names: readonly string[]): string =>
  table([
    ['image', 'class', 'taken for', 'score', 'own score'],
    ...images.map(({ image, label, predicted, score, label_score }) => [
      image,
      className(names, label),
      className(names, predicted),
      formatFixed(score, 3),
      formatFixed(label_score, 3),
    ]),
  ]);
