/** The diff of two texts, line by line, for reading: equal lines are omitted except for a few around each change. Pure. */
import type { InstructionLine } from '../protocol/panel.ts';
import { type ChangedLine, lineChanges, linesOf } from '../run-file/line-changes.ts';

/** Lines shown before and after each difference. */
const AROUND = 2;

/** The lines around a given line of a text, which is marked; counted from 1. */
export function linesAround(text: string, line: number): InstructionLine[] {
  const all = linesOf(text);
  const at = Math.min(Math.max(line, 1), all.length);
  return all
    .map((one, i): InstructionLine => ({ number: i + 1, text: one, ...(i + 1 === at && { mark: 'here' }) }))
    .slice(Math.max(0, at - 1 - AROUND), at + AROUND);
}

/** The effect of edits. Removed lines are numbered as in the old text, all others as in the new one. */
export function lineDifference(before: string, after: string): InstructionLine[] {
  const lines = lineChanges(before, after);
  return lines
    .filter((_, i) => lines.slice(Math.max(0, i - AROUND), i + AROUND + 1).some(isChanged))
    .map((line): InstructionLine => {
      const { text, before: was = 0, after: is } = line;
      if (is === undefined) return { number: was, text, mark: 'removed' };
      return { number: is, text, ...(isChanged(line) && { mark: 'added' }) };
    });
}

const isChanged = (line: ChangedLine): boolean => line.before === undefined || line.after === undefined;
