/** Errors of each class, from the counts of an evaluation. */

export interface ClassError {
  /** Per cent; NaN without an example. */
  readonly error: number;
  /** Class that it is most often taken for, and how often. */
  readonly takenFor: { readonly label: number; readonly count: number } | undefined;
}

/** Errors of every class from counts [label][predicted]. */
export function classErrors(counts: readonly (readonly number[])[]): ClassError[] {
  return counts.map((row, label) => {
    const total = row.reduce((a, b) => a + b, 0);
    let takenFor: ClassError['takenFor'];
    row.forEach((count, predicted) => {
      if (predicted !== label && count > (takenFor?.count ?? 0)) takenFor = { label: predicted, count };
    });
    return { error: total === 0 ? Number.NaN : (100 * (total - (row[label] ?? 0))) / total, takenFor };
  });
}
