import { z } from 'zod';
import type { SourcePath } from '../domain/origin.ts';
import { runFileSchema } from './schema.ts';
import { branches, entriesOf, mappings, unwrap } from './shape-of-schema.ts';

/** What the schema knows about one place of a run file. */
export interface SchemaPlace {
  readonly schema: z.ZodType;
  /** The keys that may stand there, in the schema's order; empty for what is no mapping. */
  readonly keys: readonly string[];
}

/** The schema at a path, or undefined if it has none. Of several kinds of mapping, the first that has the key counts. */
export function schemaAt(path: SourcePath): SchemaPlace | undefined {
  let schema: z.ZodType | undefined = runFileSchema;
  for (const part of path) {
    schema = schema && memberOf(schema, part);
    if (schema === undefined) return undefined;
  }
  return { schema, keys: keysOf(schema) };
}

/** The keys of a mapping; of a union of mappings, those of all of them. */
export const keysOf = (schema: z.ZodType): string[] => [
  ...new Set(mappings(unwrap(schema)).flatMap((mapping) => entriesOf(mapping).map(([key]) => key))),
];

/** The schema of a key or of a list's items. */
export function memberOf(wrapped: z.ZodType, part: string | number): z.ZodType | undefined {
  const schema = unwrap(wrapped);
  if (typeof part === 'string') {
    const member = mappings(schema)
      .flatMap(entriesOf)
      .find(([key]) => key === part)?.[1];
    return member && unwrap(member);
  }
  for (const branch of branches(schema)) {
    if (branch instanceof z.ZodArray) return unwrap(branch.element as z.ZodType);
    const item = branch instanceof z.ZodTuple ? branch.def.items[part] : undefined;
    if (item) return unwrap(item as z.ZodType);
  }
  return undefined;
}
