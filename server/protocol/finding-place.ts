/** The place of a finding, and its text for people. */

/**
 * A line, from 1, of the run file, or of `file` if that is another; or a node of a graph, by its name. Empty if it was
 * written nowhere, such as the learning rate of a run without a run file.
 */
export interface FindingPlace {
  file?: string;
  line?: number;
  column?: number;
  node?: string;
}

/** `FILE:LINE:COLUMN`, which terminals and editors open; for a node, or without a place, the judged file. */
export function placeText({ file, line, column, node }: FindingPlace, judged: string): string {
  if (node !== undefined) return `${judged}: node ${node}`;
  return line === undefined ? judged : `${file ?? judged}:${line}:${column ?? 1}`;
}

/** `line 7`, `line 12 of model.py`, `node conv1`: if the judged file is known; undefined without a place. */
export function placeInFile({ file, line, node }: FindingPlace): string | undefined {
  if (node !== undefined) return `node ${node}`;
  if (line === undefined) return undefined;
  return file === undefined ? `line ${line}` : `line ${line} of ${file}`;
}

/** Whether its place is a line of the run file. */
export const isInRunFile = <Placed extends FindingPlace>(
  place: Placed,
): place is Placed & { line: number; column: number } => place.file === undefined && place.line !== undefined;
