import type { FormattingOptions, Range, TextEdit } from 'vscode-languageserver';
import { formatEdits } from '../run-file/format.ts';
import { toTextEdit } from './ranges.ts';

/** Indentations that an editor may request; YAML has no tabs, and other values are some other language's setting. */
const widths = { least: 2, most: 8 } as const;

/** The edits that format a text, or only the lines of a range; as small as possible, so that cursors stay in place. */
export function formattingOf(text: string, { tabSize }: FormattingOptions, range?: Range): TextEdit[] {
  const width = widths.least <= tabSize && tabSize <= widths.most && Number.isInteger(tabSize) ? tabSize : widths.least;
  // A selection of whole lines ends before the first character of the next.
  const last = range && range.end.character === 0 && range.end.line > range.start.line ? range.end.line : undefined;
  const lines = range && { first: range.start.line + 1, last: last ?? range.end.line + 1 };
  return formatEdits(text, { width, ...(lines && { lines }) }).map(toTextEdit);
}
