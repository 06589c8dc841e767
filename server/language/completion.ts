import {
  type CompletionItem,
  CompletionItemKind,
  InsertTextFormat,
  MarkupKind,
  type Range,
} from 'vscode-languageserver';
import { describePlace, type KeyChoice, keyChoices, takesKeys, valueChoices } from '../run-file/choices.ts';
import { type Cursor, cursorAt } from './cursor.ts';

/** What a client can do with what it is offered. */
export interface CompletionOptions {
  /** A range of offsets → one of the editor's. */
  readonly toRange: (start: number, end: number) => Range;
  /** Whether the client understands `${1:placeholders}`. */
  readonly snippets: boolean;
}

/** A place of a snippet where the cursor goes, and what stands there until something is typed. */
const stop = (place: number, text: string): string => `$\{${place}:${text}}`;

/** A layer with the settings it can't do without. */
const layerSnippets: Readonly<Record<string, string>> = {
  conv: `conv: {filters: ${stop(1, '16')}, kernel: ${stop(2, '3')}}`,
  dense: `dense: {units: ${stop(1, '10')}}`,
  max_pool: `max_pool: {size: ${stop(1, '2')}}`,
  average_pool: `average_pool: {size: ${stop(1, '2')}}`,
  spp: `spp: [${stop(1, '3, 2, 1')}]`,
};

/** Keys or values that may stand at an offset. What this release can't do is not offered. */
export function completionsAt(text: string, offset: number, options: CompletionOptions): CompletionItem[] {
  const cursor = cursorAt(text, offset);
  if (!cursor) return [];
  const range = options.toRange(cursor.start, cursor.end);
  // `- ` of a list of words: what looks like a key is the word itself.
  if (cursor.role === 'value' || !takesKeys(cursor.path)) return valueItems(cursor, range);
  const items = keyChoices(cursor.path, cursor.siblings).map((choice) =>
    keyItem(choice, cursor, { range, ...options }),
  );
  return items.map((item, i) => ({ ...item, sortText: order(i) }));
}

/** Editors sort by text: keep the schema's order. */
const order = (i: number): string => String(i).padStart(3, '0');

function keyItem(
  { key, isKind, isSection, description }: KeyChoice,
  cursor: Cursor,
  { range, snippets }: { range: Range; snippets: boolean },
): CompletionItem {
  const isLayer = isKind && cursor.path.length === 3 && cursor.path[1] === 'layers';
  const snippet = isLayer && snippets && !cursor.hasColon ? layerSnippets[key] : undefined;
  const colon = cursor.hasColon || key === 'global_average_pool' ? '' : isSection && !isKind ? ':' : ': ';
  return {
    label: key,
    kind: CompletionItemKind.Property,
    textEdit: { range, newText: snippet ?? key + colon },
    insertTextFormat: snippet === undefined ? InsertTextFormat.PlainText : InsertTextFormat.Snippet,
    ...documentation(description),
  };
}

const documentation = (value: string | undefined): Pick<CompletionItem, 'documentation'> =>
  value === undefined ? {} : { documentation: { kind: MarkupKind.Markdown, value } };

const valueItems = ({ path }: Cursor, range: Range): CompletionItem[] =>
  valueChoices(path).map((form, i) => ({
    label: form,
    kind: CompletionItemKind.Value,
    textEdit: { range, newText: form },
    insertTextFormat: InsertTextFormat.PlainText,
    sortText: order(i),
    ...documentation(describePlace(path)),
  }));
