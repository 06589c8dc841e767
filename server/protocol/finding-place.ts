/** Where a finding stands, and how people read it. */

/**
 * A line, from 1, of the run file, or of `file` where that is another; or a node of a graph, by its name. Nothing where it was
 * written nowhere, such as the learning rate of a run without a run file.
 */
export interface FindingPlace {
  file?: string;
  line?: number;
  column?: number;
  node?: string;
}

/** `FILE:LINE:COLUMN`, which terminals and editors open; of a node, and of what stands nowhere, the file that was judged. */
export function placeText({ file, line, column, node }: FindingPlace, judged: string): string {
  if (node !== undefined) return `${judged}: node ${node}`;
  return line === undefined ? judged : `${file ?? judged}:${line}:${column ?? 1}`;
}

/** `line 7`, `line 12 of model.py`, `node conv1`: for where the file that was judged is known; undefined for what stands nowhere. */
export function placeInFile({ file, line, node }: FindingPlace): string | undefined {
  if (node !== undefined) return `node ${node}`;
  if (line === undefined) return undefined;
  return file === undefined ? `line ${line}` : `line ${line} of ${file}`;
}

/** Whether it stands on a line of the run file. */
export const isInRunFile = <Placed extends FindingPlace>(
  place: Placed,
): place is Placed & { line: number; column: number } => place.file === undefined && place.line !== undefined;
