/** Errors by class as commands print them: of one run ascending (paper, Figure 5), and of two as a difference (Figure 7). */
import type { ClassCounts } from '../domain/metrics.ts';
import type { WorstImage } from '../protocol/events.ts';
import { percent } from './format.ts';
import { table } from './output.ts';

export interface ClassErrorRow {
  readonly class: string;
  readonly label: number;
  readonly images: number;
  /** Per cent. */
  readonly top1: number;
  readonly top5: number;
  /** The class that it is most often taken for, where counts are known. */
  readonly taken_for?: string;
}

/** Classes that have images, the lowest top-1 error first, then the lowest top-5 error. */
export function classRows(
  { examples, top1, top5 }: ClassCounts,
  names: readonly string[],
  confusion?: readonly (readonly number[])[],
): ClassErrorRow[] {
  return examples
    .flatMap((images, label): ClassErrorRow[] => {
      if (images === 0) return [];
      const share = (wrong: number | undefined) => (100 * (wrong ?? 0)) / images;
      const others = (confusion?.[label] ?? []).map((count, k) => (k === label ? 0 : count));
      const most = Math.max(0, ...others);
      return [
        {
          ...{ class: nameOf(names, label), label, images, top1: share(top1[label]), top5: share(top5[label]) },
          ...(most > 0 && { taken_for: nameOf(names, others.indexOf(most)) }),
        },
      ];
    })
    .toSorted((a, b) => a.top1 - b.top1 || a.top5 - b.top5 || a.label - b.label);
}

export const nameOf = (names: readonly string[], label: number): string => names[label] ?? `class ${label}`;

/** More classes than this are shown by their ends only. */
const MOST_ROWS = 40;

/** The rows of a table for people, its middle left out where there are too many. */
function ends(rows: readonly string[][]): string[][] {
  if (rows.length <= MOST_ROWS) return [...rows];
  const half = MOST_ROWS / 2;
  return [...rows.slice(0, half), [`… ${rows.length - MOST_ROWS} more`], ...rows.slice(-half)];
}

export const classTable = (rows: readonly ClassErrorRow[]): string =>
  table([
    ['class', 'images', 'top-1', 'top-5', 'taken for'],
    ...ends(
      rows.map((row) => [row.class, String(row.images), percent(row.top1), percent(row.top5), row.taken_for ?? '']),
    ),
  ]);

interface Difference {
  /** Classes whose error is lower in the first, equal, higher. */
  readonly lower: number;
  readonly equal: number;
  readonly higher: number;
}

export interface ClassDifference {
  readonly top1: Difference;
  readonly top5: Difference;
  /** Error of the first less that of the second, points, ascending by top-1. */
  readonly classes: readonly { readonly class: string; readonly top1: number; readonly top5: number }[];
}

/** The errors of one test less those of another, class by class; classes are the same by name. */
export function classDifference(a: readonly ClassErrorRow[], b: readonly ClassErrorRow[]): ClassDifference {
  const others = new Map(b.map((row) => [row.class, row]));
  const classes = a
    .flatMap((row) => {
      const other = others.get(row.class);
      return other ? [{ class: row.class, top1: row.top1 - other.top1, top5: row.top5 - other.top5 }] : [];
    })
    .toSorted((x, y) => x.top1 - y.top1 || x.top5 - y.top5);
  const count = (key: 'top1' | 'top5'): Difference => ({
    lower: classes.filter((row) => row[key] < 0).length,
    equal: classes.filter((row) => row[key] === 0).length,
    higher: classes.filter((row) => row[key] > 0).length,
  });
  return { top1: count('top1'), top5: count('top5'), classes };
}

const points = (value: number): string => `${value > 0 ? '+' : ''}${value.toFixed(1)}`;

/** A sentence and a table; `first` and `second` are what the two are called. */
export function differenceText(difference: ClassDifference, first: string, second: string): string {
  const sentence = (what: string, { lower, equal, higher }: Difference) =>
    `${what} of ${first} against ${second}: lower in ${lower}, equal in ${equal}, higher in ${higher} classes.`;
  const rows = difference.classes.map((row) => [row.class, points(row.top1), points(row.top5)]);
  const shown = table([['class', 'top-1, points', 'top-5, points'], ...ends(rows)]);
  return [sentence('Top-1 error', difference.top1), sentence('Top-5 error', difference.top5), shown].join('\n');
}

/** Images of the worst classes, for people. */
export const worstTable = (images: readonly WorstImage[], names: readonly string[]): string =>
  table([
    ['image', 'class', 'taken for', 'with score', 'own score'],
    ...images.map(({ image, label, predicted, score, label_score }) => [
      image,
      nameOf(names, label),
      nameOf(names, predicted),
      score.toFixed(3),
      label_score.toFixed(3),
    ]),
  ]);
