import type { TextDocumentContentChangeEvent } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';

/** The text after one change; a range that ends before it starts, or past the end, is corrected. */
function changed(document: TextDocument, change: TextDocumentContentChangeEvent): string {
  if (!('range' in change)) return change.text;
  const text = document.getText();
  const a = document.offsetAt(change.range.start);
  const b = document.offsetAt(change.range.end);
  return text.slice(0, Math.min(a, b)) + change.text + text.slice(Math.max(a, b));
}

/**
 * The library updates its list of lines incrementally and miscounts when a change joins \r and \n; a run file is small
 * enough to be counted from the start.
 */
export const textConfiguration = {
  create: TextDocument.create,
  update: (document: TextDocument, changes: TextDocumentContentChangeEvent[], version: number): TextDocument =>
    changes.reduce(
      (before, change) => TextDocument.create(before.uri, before.languageId, version, changed(before, change)),
      document,
    ),
};
