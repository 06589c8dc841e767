/** The diff of two texts, line by line, for reading: equal lines are omitted except for a few around each change. Pure. */
import type { InstructionLine } from '../protocol/panel.ts';

/** Lines shown before and after each difference. */
const AROUND = 2;

const linesOf = (text: string): string[] => text.split(/\r\n|\r|\n/);

/** The lines around a given line of a text, which is marked; counted from 1. */
export function linesAround(text: string, line: number): InstructionLine[] {
  const all = linesOf(text);
  const at = Math.min(Math.max(line, 1), all.length);
  return all
    .map((one, i): InstructionLine => ({ number: i + 1, text: one, ...(i + 1 === at && { mark: 'here' }) }))
    .slice(Math.max(0, at - 1 - AROUND), at + AROUND);
}

/**
 * The effect of edits. If both texts have the same number of lines, they are compared line by line; otherwise everything between
 * the first and the last difference is one change.
 */
export function lineDifference(before: string, after: string): InstructionLine[] {
  const [old, now] = [linesOf(before), linesOf(after)];
  if (old.length === now.length) {
    return old.flatMap((text, i): InstructionLine[] => {
      if (text !== now[i])
        return [
          { number: i + 1, text, mark: 'removed' },
          { number: i + 1, text: now[i] ?? '', mark: 'added' },
        ];
      const isNear = old.slice(Math.max(0, i - AROUND), i + AROUND + 1).some((_, k) => {
        const at = Math.max(0, i - AROUND) + k;
        return old[at] !== now[at];
      });
      return isNear ? [{ number: i + 1, text }] : [];
    });
  }
  const shortest = Math.min(old.length, now.length);
  let head = 0;
  while (head < shortest && old[head] === now[head]) head++;
  let tail = 0;
  while (tail < shortest - head && old.at(-1 - tail) === now.at(-1 - tail)) tail++;
  const piece = (lines: readonly string[], from: number, options: { to: number; mark?: 'removed' | 'added' }) =>
    lines.slice(from, options.to).map((text, i): InstructionLine => {
      const { mark } = options;
      return { number: from + i + 1, text, ...(mark !== undefined && { mark }) };
    });
  return [
    ...piece(old, Math.max(0, head - AROUND), { to: head }),
    ...piece(old, head, { to: old.length - tail, mark: 'removed' }),
    ...piece(now, head, { to: now.length - tail, mark: 'added' }),
    ...piece(now, now.length - tail, { to: Math.min(now.length, now.length - tail + AROUND) }),
  ];
}
