import {
  type CompletionItem,
  CompletionItemKind,
  InsertTextFormat,
  MarkupKind,
  type Range,
} from 'vscode-languageserver';
import { layerKinds } from '../domain/layers/kinds.ts';
import { describePlace, type KeyChoice, keyChoices, takesKeys, valueChoices } from '../run-file/choices.ts';
import { runFileTemplate } from '../run-file/template.ts';
import type { Cursor } from './cursor.ts';

/** What a client can do with the completions. */
export interface CompletionOptions {
  /** The run file's name without its extension: a new file's run gets this name. */
  readonly name: string;
  /** Converts a range of offsets to the editor's. */
  readonly toRange: (start: number, end: number) => Range;
  /** Whether the client understands `${1:placeholders}`. */
  readonly snippets: boolean;
}

/** A tab stop of a snippet, with its placeholder. */
const stop = (place: number, text: string): string => `$\{${place}:${text}}`;

/** A text with a cursor stop for each of its `<parts>`. */
const stops = (text: string): string => {
  let place = 0;
  return text.replaceAll(/<([^>]*)>/g, (_, part: string) => stop(++place, part));
};

/** A layer with its required settings. */
const layerSnippets: Readonly<Record<string, string>> = Object.fromEntries(
  layerKinds.flatMap(({ type, written }) => (written?.snippet ? [[type, `${type}: ${stops(written.snippet)}`]] : [])),
);

/** Common layers, by purpose. */
const usedSo: Readonly<Record<string, string>> = {
  'conv, several equal ones': `conv: {filters: ${stop(1, '16')}, kernel: ${stop(2, '3')}, repeat: ${stop(3, '2')}}`,
  'conv, halves the map': `conv: {filters: ${stop(1, '32')}, kernel: ${stop(2, '3')}, stride: 2}`,
  'dense with dropout': `dense: {units: ${stop(1, '256')}, dropout: ${stop(2, '0.5')}}`,
  'a head: mean of the map, then logits': `global_average_pool\n- dense: {units: ${stop(1, '10')}}`,
};

/** Valid keys or values at a cursor. What this release can't do is not offered. */
export function completionsAt(cursor: Cursor, options: CompletionOptions): CompletionItem[] {
  const range = options.toRange(cursor.start, cursor.end);
  const { path, value, role } = cursor;
  // The second word of a text.
  if (value && value.before !== '') return [];
  if (isListOfLayers(path) && role === 'key') return layerItems('- ', range, options);
  // `- ` in a list of words: what looks like a key is the word itself.
  if (role === 'value' || !takesKeys(path)) return valueItems(cursor, range);
  const items = keyChoices(path, cursor.siblings).map((choice) => keyItem(choice, cursor, { range, ...options }));
  const whole = snippetItems(cursor, range, options);
  // At the start of a file users want all of it; at the start of a layer usually its kind.
  const all = path.length === 0 ? [...whole, ...items] : [...items, ...whole];
  return all.map((item, i) => ({ ...item, sortText: order(i) }));
}

const standsAlone = (key: string): boolean => layerKinds.some(({ type, written }) => type === key && written?.alone);

const isListOfLayers = (path: Cursor['path']): boolean => path.join('.') === 'network.layers';

/** Complete templates: a run file, common layers. */
function snippetItems(cursor: Cursor, range: Range, options: CompletionOptions): CompletionItem[] {
  const { path, siblings, hasColon } = cursor;
  if (hasColon || siblings.length > 0) return [];
  if (path.length === 0) return [runFileItem(range, options)];
  const isLayer = path.length === 3 && isListOfLayers(path.slice(0, 2));
  return isLayer ? layerItems('', range, options).slice(Object.keys(layerSnippets).length) : [];
}

function runFileItem(range: Range, { name, snippets }: CompletionOptions): CompletionItem {
  const escaped = (text: string): string => text.replaceAll(/[\\$]/g, '\\$&');
  const [before = '', after = ''] = runFileTemplate(name).split(JSON.stringify(name));
  const template = `${escaped(before)}${stop(1, escaped(JSON.stringify(name)).replaceAll('}', '\\}'))}${escaped(after)}`;
  return {
    label: 'a complete run file',
    kind: CompletionItemKind.Snippet,
    filterText: 'run file',
    textEdit: { range, newText: snippets ? template : runFileTemplate(name) },
    insertTextFormat: snippets ? InsertTextFormat.Snippet : InsertTextFormat.PlainText,
    ...documentation('A small network that learns within a minute on two cores, every line explained.'),
  };
}

/** Layers with placeholders for their settings; none for a client that would insert the placeholders as text. */
function layerItems(lead: string, range: Range, { snippets }: CompletionOptions): CompletionItem[] {
  if (!snippets) return [];
  return Object.entries({ ...layerSnippets, ...usedSo }).map(([label, newText], i) => ({
    label,
    kind: CompletionItemKind.Snippet,
    textEdit: { range, newText: lead + newText },
    insertTextFormat: InsertTextFormat.Snippet,
    sortText: order(i),
  }));
}

/** Editors sort by text: this keeps the schema's order. */
const order = (i: number): string => String(i).padStart(3, '0');

function keyItem(
  { key, isKind, isSection, description }: KeyChoice,
  cursor: Cursor,
  { range, snippets }: { range: Range; snippets: boolean },
): CompletionItem {
  const isLayer = isKind && cursor.path.length === 3 && cursor.path[1] === 'layers';
  const snippet = isLayer && snippets && !cursor.hasColon ? layerSnippets[key] : undefined;
  const colon = cursor.hasColon || standsAlone(key) ? '' : isSection && !isKind ? ':' : ': ';
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
