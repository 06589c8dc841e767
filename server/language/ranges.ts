import type { Range as LspRange, TextEdit } from 'vscode-languageserver';
import type { FileEdit } from '../protocol/events.ts';
import type { Range } from '../run-file/mistake.ts';

/** Our lines and columns count from 1, the editor's from 0; both count columns in UTF-16 units. */
export const toLspRange = ({ line, column, endLine, endColumn }: Range): LspRange => ({
  start: { line: line - 1, character: column - 1 },
  end: { line: endLine - 1, character: endColumn - 1 },
});

/** An edit of a run file in the editor's form. */
export const toTextEdit = ({ line, column, end_line, end_column, text }: FileEdit): TextEdit => ({
  range: toLspRange({ line, column, endLine: end_line, endColumn: end_column }),
  newText: text,
});

/** Whether two ranges share a character or touch. */
export const overlap = (a: LspRange, b: LspRange): boolean => !before(a.end, b.start) && !before(b.end, a.start);

const before = (a: LspRange['start'], b: LspRange['start']): boolean =>
  a.line < b.line || (a.line === b.line && a.character < b.character);
