/** How two texts differ, line by line: the shortest edit that leads from one to the other (Myers, of the package `diff`). */
import { diffArrays } from 'diff';

/** A line of either text; lines are counted from 1. A kept line has both numbers, a removed one `before`, an added one `after`. */
export interface ChangedLine {
  readonly text: string;
  readonly before?: number;
  readonly after?: number;
}

/** The lines of a text, however they end. */
export const linesOf = (text: string): string[] => text.split(/\r\n|\r|\n/);

/** All lines of both texts, in order; what is removed stands before what is added in its place. */
export function lineChanges(before: string, after: string): ChangedLine[] {
  const [passed, lines] = [{ before: 0, after: 0 }, [] as ChangedLine[]];
  for (const { value, added, removed } of diffArrays(linesOf(before), linesOf(after)))
    for (const text of value)
      lines.push({
        text,
        ...(!added && { before: ++passed.before }),
        ...(!removed && { after: ++passed.after }),
      });
  return lines;
}

/** The lines that differ, as a patch has them. */
export function differingLines(before: string, after: string): { removed: string[]; added: string[] } {
  const lines = lineChanges(before, after);
  return {
    removed: lines.filter((line) => line.after === undefined).map(({ text }) => text),
    added: lines.filter((line) => line.before === undefined).map(({ text }) => text),
  };
}
