import { Parser, parse } from 'yaml';
import type { FileEdit } from '../protocol/events.ts';
import { parseDocument } from './document.ts';
import { applyEdits } from './edit.ts';
import { alignComments } from './format-comments.ts';
import { type FormattedLine, layOut } from './format-lines.ts';
import { piecesOf } from './format-pieces.ts';
import type { Positions } from './positions.ts';

/**
 * Formatting: only blanks are changed. Comments, blank lines, quotes, brackets and line breaks stay the user's; comments
 * that are aligned stay aligned.
 */

export interface FormatOptions {
  /** Columns from a key to what is beneath it. */
  readonly width?: number;
  /** Only these lines, counted from 1. */
  readonly lines?: { readonly first: number; readonly last: number };
}

/**
 * The edits that format a text. None if it is not YAML, or if they would change its meaning: when only some lines are formatted,
 * the others' indentation may prevent it.
 */
export function formatEdits(text: string, { width = 2, lines }: FormatOptions = {}): FileEdit[] {
  const { positions, mistakes } = parseDocument(text);
  if (mistakes.length > 0 || /\r(?!\n)/.test(text)) return [];
  const formatted = alignComments(layOut(piecesOf([...new Parser().parse(text)], width), width));
  const edits = lineEdits(positions, formatted).filter(
    ({ line, end_line }) => !lines || (lines.first <= line && end_line <= lines.last),
  );
  return edits.length > 0 && saysTheSame(text, applyEdits(positions, edits)) ? edits : [];
}

/** What formatting must not change: all characters but blanks, and the YAML value. */
function saysTheSame(before: string, after: string): boolean {
  const bare = (text: string): string => text.replace(/\s+/g, '');
  const options = { uniqueKeys: false, logLevel: 'silent' } as const;
  return (
    bare(before) === bare(after) &&
    parseDocument(after).mistakes.length === 0 &&
    JSON.stringify(parse(before, options)) === JSON.stringify(parse(after, options))
  );
}

/** The difference of each line, from its first changed character to its last. Blank lines at the end become one line break. */
function lineEdits(positions: Positions, formatted: readonly FormattedLine[]): FileEdit[] {
  const { text } = positions;
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const before = text.split(/\r\n|\n/);
  const lastLine = formatted.findLastIndex((line) => line.text !== '' || line.comment);
  const edits: FileEdit[] = [];
  for (const [i, old] of before.entries()) {
    if (i > lastLine) break;
    const now = formatted[i]?.text ?? old;
    if (now === old) continue;
    const shorter = Math.min(old.length, now.length);
    let start = 0;
    while (start < shorter && old[start] === now[start]) start++;
    let back = 0;
    while (back < shorter - start && old.at(-1 - back) === now.at(-1 - back)) back++;
    edits.push({
      line: i + 1,
      column: start + 1,
      end_line: i + 1,
      end_column: old.length - back + 1,
      text: now.slice(start, now.length - back),
    });
  }
  const rest = before.slice(lastLine + 1);
  const wanted = lastLine < 0 ? 0 : 1;
  if (rest.length !== wanted || rest.some((line) => line !== '')) {
    edits.push({
      line: lastLine + 1,
      column: (before[lastLine]?.length ?? 0) + 1,
      end_line: before.length,
      end_column: (before.at(-1)?.length ?? 0) + 1,
      text: newline.repeat(wanted),
    });
  }
  return edits;
}
