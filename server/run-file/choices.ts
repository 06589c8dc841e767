import type { z } from 'zod';
import type { SourcePath } from '../domain/origin.ts';
import { documentationOf } from '../domain/settings/fields.ts';
import { parseDocument } from './document.ts';
import { notOffered } from './layer-schema.ts';
import { runFileSchema } from './schema.ts';
import { schemaAt } from './schema-path.ts';
import {
  entriesOf,
  expectationOf,
  isSection,
  mappings,
  meantBy,
  requiredKeys,
  unwrap,
  words,
} from './shape-of-schema.ts';
import { validateValue } from './validate.ts';

/** A key that may be written at a place. */
export interface KeyChoice {
  readonly key: string;
  /** Its value is a mapping or list, which starts on the next line. */
  readonly isSection: boolean;
  /** The key determines the kind of mapping: `conv` a convolution, `gaussian` a Gaussian initialisation. */
  readonly isKind: boolean;
  readonly description?: string;
}

/**
 * Keys that may be added to the mapping at a path, in the schema's order; `siblings` are the keys that it has. None
 * that would contradict a sibling.
 */
export function keyChoices(path: SourcePath, siblings: readonly string[]): KeyChoice[] {
  const all = mappingsAt(path);
  const meant = meantBy(all, siblings);
  const kindOpen = all.length > 1 && meant.length === 0;
  const choices = new Map<string, KeyChoice>();
  for (const mapping of kindOpen || meant.length === 0 ? all : meant) {
    for (const [key, member] of entriesOf(mapping)) {
      const isKind = kindOpen && requiredKeys(mapping).includes(key);
      if (siblings.includes(key) || (kindOpen && !isKind)) continue;
      const description = describeSchema(member);
      const own = { key, isKind, isSection: isSection(unwrap(member)) };
      choices.set(key, { ...own, ...(description === undefined ? {} : { description }) });
    }
  }
  return [...choices.values()];
}

/** Whether the value at a path may be a mapping. */
export const takesKeys = (path: SourcePath): boolean => mappingsAt(path).length > 0;

function mappingsAt(path: SourcePath): z.ZodObject[] {
  const schema = schemaAt(path)?.schema;
  return schema ? mappings(schema).filter((mapping) => !notOffered.has(mapping)) : [];
}

/** The words that fit at a path, and the forms that the schema's own message names, such as `{gaussian: 0.01}`. */
export function valueChoices(path: SourcePath): string[] {
  const schema = schemaAt(path)?.schema;
  if (!schema) return [];
  const forms = [...expectationOf(schema).matchAll(/`([^`]+)`/g)].map(([, form]) => form ?? '');
  const fits = (form: string): boolean => {
    const { positions, mistakes } = parseDocument(form);
    return mistakes.length === 0 && validateValue(schema, positions, { path, root: runFileSchema }).length === 0;
  };
  return [...new Set([...words(schema), ...forms])].filter(fits);
}

/** What the key at a path means, takes and defaults to, as Markdown; undefined if the schema does not document it. */
export function describePlace(path: SourcePath): string | undefined {
  const schema = schemaAt(path)?.schema;
  return schema && describeSchema(schema);
}

function describeSchema(wrapped: z.ZodType): string | undefined {
  const schema = unwrap(wrapped);
  const documentation = documentationOf(schema) ?? documentationOf(wrapped);
  if (!documentation) return undefined;
  const lines = [documentation.description, `Expected: ${expectationOf(schema)}.`];
  if (documentation.default !== undefined) {
    const written = documentation.default;
    lines.push(`Default: \`${typeof written === 'string' ? written : JSON.stringify(written)}\`.`);
  }
  return lines.join('\n\n');
}
