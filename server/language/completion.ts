import {
  type CompletionItem,
  CompletionItemKind,
  InsertTextFormat,
  MarkupKind,
  type Range,
} from 'vscode-languageserver';
import { z } from 'zod';
import type { SourcePath } from '../domain/config.ts';
import { parseDocument } from '../run-file/document.ts';
import { runFileSchema } from '../run-file/schema.ts';
import { schemaAt } from '../run-file/schema-path.ts';
import { entriesOf, expectationOf, mappings, requiredKeys, unwrap, words } from '../run-file/shape-of-schema.ts';
import { isOffered } from '../run-file/unsupported.ts';
import { validateValue } from '../run-file/validate.ts';
import { type Cursor, cursorAt } from './cursor.ts';
import { describeKey } from './documentation.ts';

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
  const place = schemaAt(cursor.path);
  if (!place) return [];
  const range = options.toRange(cursor.start, cursor.end);
  if (cursor.role === 'value') return valueItems(place.schema, cursor, range);
  const inList = typeof cursor.path.at(-1) === 'number';
  // `- ` of a list of words: what looks like a key is the word itself.
  if (inList && mappings(place.schema).length === 0) return valueItems(place.schema, cursor, range);
  return keyItems(place.schema, { cursor, range, snippets: options.snippets });
}

/** The mappings that may be meant, by the keys that already stand there; all of them where none tells. */
function meantMappings(schema: z.ZodType, siblings: readonly string[]): z.ZodObject[] {
  const all = mappings(schema);
  const meant = all.filter((mapping) => requiredKeys(mapping).some((key) => siblings.includes(key)));
  return meant.length > 0 ? meant : all;
}

function keyItems(
  schema: z.ZodType,
  { cursor, range, snippets }: { cursor: Cursor; range: Range; snippets: boolean },
): CompletionItem[] {
  const meant = meantMappings(schema, cursor.siblings);
  const isLayer = cursor.path.length === 3 && cursor.path[1] === 'layers';
  const items = new Map<string, CompletionItem>();
  for (const mapping of meant) {
    // Of several kinds, the key that makes one the kind comes first.
    const keys = meant.length > 1 ? requiredKeys(mapping) : entriesOf(mapping).map(([key]) => key);
    for (const key of keys) {
      const member = mapping.shape[key] as z.ZodType | undefined;
      if (!member || cursor.siblings.includes(key) || !isOffered([...cursor.path, key])) continue;
      const snippet = isLayer && !cursor.hasColon ? layerSnippets[key] : undefined;
      const plain = cursor.hasColon || key === 'global_average_pool' ? key : `${key}:${isSection(member) ? '' : ' '}`;
      const useSnippet = snippet !== undefined && snippets && meant.length > 1;
      items.set(key, {
        label: key,
        kind: CompletionItemKind.Property,
        textEdit: { range, newText: useSnippet ? snippet : plain },
        insertTextFormat: useSnippet ? InsertTextFormat.Snippet : InsertTextFormat.PlainText,
        sortText: String(items.size).padStart(3, '0'),
        ...documentationItem(member),
      });
    }
  }
  return [...items.values()];
}

const isSection = (member: z.ZodType): boolean => {
  const schema = unwrap(member);
  return schema instanceof z.ZodObject || schema instanceof z.ZodArray;
};

function documentationItem(member: z.ZodType): Pick<CompletionItem, 'documentation'> {
  const value = describeKey(member);
  return value === undefined ? {} : { documentation: { kind: MarkupKind.Markdown, value } };
}

/** The words that fit, and the forms that the schema's own message names, such as `{gaussian: 0.01}`. */
function valueItems(schema: z.ZodType, cursor: Cursor, range: Range): CompletionItem[] {
  const forms = [...expectationOf(schema).matchAll(/`([^`]+)`/g)].map(([, form]) => form ?? '');
  const candidates = [...new Set([...words(schema), ...forms])].filter((form) => fits(form, schema, cursor.path));
  const documentation = documentationItem(schema);
  return candidates.map((form, i) => ({
    label: form,
    kind: CompletionItemKind.Value,
    textEdit: { range, newText: form },
    insertTextFormat: InsertTextFormat.PlainText,
    sortText: String(i).padStart(3, '0'),
    ...documentation,
  }));
}

function fits(form: string, schema: z.ZodType, path: SourcePath): boolean {
  const { positions, mistakes } = parseDocument(form);
  return mistakes.length === 0 && validateValue(schema, positions, { path, root: runFileSchema }).length === 0;
}
