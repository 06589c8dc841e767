/** How two texts differ, line by line, for reading: what is equal is left out but for a few lines around. Pure. */
import type { ToldLine } from '../protocol/panel.ts';
import { type ChangedLine, lineChanges, linesOf } from '../run-file/line-changes.ts';

/** Lines that are shown before and after each that differs. */
const AROUND = 2;

/** Lines of a text around one of them, which is marked; counted from 1. */
export function linesAround(text: string, line: number): ToldLine[] {
  const all = linesOf(text);
  const at = Math.min(Math.max(line, 1), all.length);
  return all
    .map((one, i): ToldLine => ({ number: i + 1, text: one, ...(i + 1 === at && { mark: 'here' }) }))
    .slice(Math.max(0, at - 1 - AROUND), at + AROUND);
}

/** The difference that edits make. Removed lines have their number in the old text, all others theirs in the new one. */
export function lineDifference(before: string, after: string): ToldLine[] {
  const lines = lineChanges(before, after);
  return lines
    .filter((_, i) => lines.slice(Math.max(0, i - AROUND), i + AROUND + 1).some(isChanged))
    .map((line): ToldLine => {
      const { text, before: was = 0, after: is } = line;
      if (is === undefined) return { number: was, text, mark: 'removed' };
      return { number: is, text, ...(isChanged(line) && { mark: 'added' }) };
    });
}

const isChanged = (line: ChangedLine): boolean => line.before === undefined || line.after === undefined;
