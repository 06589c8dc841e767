/** Where a layer, or the subject of a finding, was written. */

/** Keys and indices from the root of a run file, e.g. `['network', 'layers', 3, 'conv']`. */
export type SourcePath = readonly (string | number)[];

export type Origin =
  /** A node of the run file. */
  | { readonly kind: 'run-file'; readonly path: SourcePath }
  /** A line of a source file, such as the `model.py` that a graph was exported from; line and column count from 1. */
  | { readonly kind: 'source'; readonly file: string; readonly line: number; readonly column?: number }
  /** A node of a graph, by its name. */
  | { readonly kind: 'graph'; readonly node: string };

/** A node of the run file. */
export const inRunFile = (...path: SourcePath): Origin => ({ kind: 'run-file', path });

/** The path of a run file's node, extended by `keys`; undefined for any other origin. */
export const pathOf = (origin: Origin, ...keys: SourcePath): SourcePath | undefined =>
  origin.kind === 'run-file' ? [...origin.path, ...keys] : undefined;

/** Equal for equal origins, and for no others. */
export const originKey = (origin: Origin): string => JSON.stringify(origin);
