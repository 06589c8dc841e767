/** How two texts differ, line by line, for reading: what is equal is left out but for a few lines around. Pure. */
import type { ToldLine } from '../protocol/panel.ts';

/** Lines that are shown before and after each that differs. */
const AROUND = 2;

const linesOf = (text: string): string[] => text.split(/\r\n|\r|\n/);

/** Lines of a text around one of them, which is marked; counted from 1. */
export function linesAround(text: string, line: number): ToldLine[] {
  const all = linesOf(text);
  const at = Math.min(Math.max(line, 1), all.length);
  return all
    .map((one, i): ToldLine => ({ number: i + 1, text: one, ...(i + 1 === at && { mark: 'here' }) }))
    .slice(Math.max(0, at - 1 - AROUND), at + AROUND);
}

/**
 * The difference that edits make. Where both texts have as many lines, each is compared with its own; else all between the
 * first and the last that differ is one piece.
 */
export function lineDifference(before: string, after: string): ToldLine[] {
  const [old, now] = [linesOf(before), linesOf(after)];
  if (old.length === now.length) {
    return old.flatMap((text, i): ToldLine[] => {
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
    lines.slice(from, options.to).map((text, i): ToldLine => {
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
