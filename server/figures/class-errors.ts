/** Errors by class of an evaluation, ascending (paper, Figure 5), and of two as a difference (Figure 7). */
import { formatDifference } from '../domain/numbers/format.ts';
import type { EvaluationEvent } from '../protocol/events.ts';

/** An evaluation's results by class; runs of older versions have only the counts, runs with many classes no counts. */
export type ByClass = Partial<Pick<EvaluationEvent, 'class_errors' | 'confusion'>>;

/** One class, as in tables and `--json`. */
export interface ClassErrorRow {
  readonly class: string;
  readonly label: number;
  readonly images: number;
  /** Per cent. */
  readonly top1: number;
  /** Absent if only counts are known. */
  readonly top5?: number;
  /** The class that it is most often classified as, and how often, if counts are known. */
  readonly taken_for?: string;
  readonly taken_count?: number;
}

/** Name of a class, or its number if it has none. */
export const className = (names: readonly string[], label: number): string => names[label] ?? `class ${label}`;

/** The last evaluation with results by class. */
export const lastByClass = <T extends ByClass>(evaluations: readonly T[]): T | undefined =>
  evaluations.findLast((evaluation) => evaluation.class_errors !== undefined || evaluation.confusion !== undefined);

const total = (row: readonly number[]): number => row.reduce((sum, count) => sum + count, 0);

/** Classes that have images, the lowest top-1 error first, then the lowest top-5 error, then the first in the data. */
export function classRows({ class_errors, confusion }: ByClass, names: readonly string[]): ClassErrorRow[] {
  const images = class_errors?.examples ?? confusion?.map(total) ?? [];
  return images
    .flatMap((count, label): ClassErrorRow[] => {
      if (count === 0) return [];
      const row = confusion?.[label] ?? [];
      const others = row.map((counted, k) => (k === label ? 0 : counted));
      const most = Math.max(0, ...others);
      const wrong = class_errors?.top1[label] ?? total(others);
      return [
        {
          ...{ class: className(names, label), label, images: count, top1: (100 * wrong) / count },
          ...(class_errors && { top5: (100 * (class_errors.top5[label] ?? 0)) / count }),
          ...(most > 0 && { taken_for: className(names, others.indexOf(most)), taken_count: most }),
        },
      ];
    })
    .toSorted((a, b) => a.top1 - b.top1 || (a.top5 ?? 0) - (b.top5 ?? 0) || a.label - b.label);
}

/** In how many classes the error of the first is lower, equal, higher. */
export interface Counts {
  readonly lower: number;
  readonly equal: number;
  readonly higher: number;
}

export interface ClassDifference {
  readonly top1: Counts;
  /** Absent if one of the two has no top-5 errors. */
  readonly top5?: Counts;
  /** Error of the first minus that of the second, points, ascending by top-1. */
  readonly classes: readonly { readonly class: string; readonly top1: number; readonly top5?: number }[];
}

const countsOf = (values: readonly number[]): Counts => ({
  lower: values.filter((value) => value < 0).length,
  equal: values.filter((value) => value === 0).length,
  higher: values.filter((value) => value > 0).length,
});

/** The errors of one evaluation minus those of another, class by class; classes are matched by name. */
export function classDifference(a: readonly ClassErrorRow[], b: readonly ClassErrorRow[]): ClassDifference {
  const others = new Map(b.map((row) => [row.class, row]));
  const classes = a
    .flatMap((row) => {
      const other = others.get(row.class);
      if (!other) return [];
      const top5 = row.top5 === undefined || other.top5 === undefined ? undefined : row.top5 - other.top5;
      return [{ class: row.class, top1: row.top1 - other.top1, ...(top5 !== undefined && { top5 }) }];
    })
    .toSorted((x, y) => x.top1 - y.top1 || (x.top5 ?? 0) - (y.top5 ?? 0));
  const top5 = classes.flatMap((row) => (row.top5 === undefined ? [] : [row.top5]));
  return {
    top1: countsOf(classes.map((row) => row.top1)),
    ...(top5.length === classes.length && { top5: countsOf(top5) }),
    classes,
  };
}

/** In words: `lower in 3, equal in 5, higher in 2 classes`. */
export const describeCounts = ({ lower, equal, higher }: Counts): string =>
  `lower in ${lower}, equal in ${equal}, higher in ${higher} classes`;

/** A difference of errors in percentage points, with its sign: `−3.0`. */
export const formatPoints = (points: number): string => formatDifference(points, 1);

/** Both ends of a long table; `left` rows of its middle are left out. */
export function ends<T>(rows: readonly T[], most: number): { first: readonly T[]; left: number; last: readonly T[] } {
  if (rows.length <= most) return { first: rows, left: 0, last: [] };
  const half = Math.floor(most / 2);
  return { first: rows.slice(0, half), left: rows.length - 2 * half, last: rows.slice(-half) };
}
