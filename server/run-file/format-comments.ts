import type { FormattedLine } from './format-lines.ts';

/**
 * Puts the comments back after lines, and on separate lines. Comments that are aligned one below the other move together and
 * no farther than necessary; one that followed its line after a single blank still does; one on a separate line moves
 * with the line below it.
 */
export function alignComments(lines: readonly FormattedLine[]): FormattedLine[] {
  const columns = groupColumns(lines);
  return lines.map((line, i): FormattedLine => {
    const { comment, text } = line;
    if (!comment) return line;
    const column = columns[i] ?? (text === '' ? ownColumn(lines, i) : text.length + 1);
    return { ...line, text: text.padEnd(column) + comment.text };
  });
}

/** Column of every comment that follows a line's content, or continues such a comment; undefined: alone, or no comment. */
function groupColumns(lines: readonly FormattedLine[]): (number | undefined)[] {
  const columns: (number | undefined)[] = [];
  for (let first = 0; first < lines.length; ) {
    const before = lines[first]?.comment?.column;
    let end = first + 1;
    while (before !== undefined && lines[end]?.comment?.column === before) end++;
    const group = lines.slice(first, end);
    const behind = group.filter(({ text }) => text !== '');
    const alone = group.length === 1 && group[0]?.comment?.gap === 1;
    const isGroup = before !== undefined && behind.length > 0 && !alone;
    const column = isGroup ? Math.max(before, ...behind.map(({ text }) => text.length + 1)) : undefined;
    columns.push(...group.map(() => column));
    first = end;
  }
  return columns;
}

/** Column of a comment on a separate line: that of the line below, else above, that started at the same column. */
function ownColumn(lines: readonly FormattedLine[], place: number): number {
  const column = lines[place]?.comment?.column;
  const below = lines.slice(place + 1).find(({ indent }) => indent)?.indent;
  const above = lines.slice(0, place).findLast(({ indent }) => indent)?.indent;
  const level = [below, above].find((indent) => indent?.before === column);
  return (level ?? below ?? above)?.after ?? 0;
}
