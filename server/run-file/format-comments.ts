import type { FormattedLine } from './format-lines.ts';

/**
 * Put the comments back behind lines, and on lines of their own. Comments that stand one below the other move together and
 * no farther than they must; one that followed its line with a single blank still does; one on a line of its own goes
 * with what it stands above.
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

/** Column of every comment that is behind a line, or continues one that is; undefined: by itself, or there is none. */
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

/** Column of a comment on a line of its own: that of the line below it or else above it that began at the same column. */
function ownColumn(lines: readonly FormattedLine[], place: number): number {
  const column = lines[place]?.comment?.column;
  const below = lines.slice(place + 1).find(({ indent }) => indent)?.indent;
  const above = lines.slice(0, place).findLast(({ indent }) => indent)?.indent;
  const level = [below, above].find((indent) => indent?.before === column);
  return (level ?? below ?? above)?.after ?? 0;
}
