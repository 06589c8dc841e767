import type { z } from 'zod';
import { documentationOf } from '../run-file/fields.ts';
import { expectationOf, unwrap } from '../run-file/shape-of-schema.ts';

const written = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** What a key means, takes and defaults to, as Markdown; undefined where the schema says nothing of it. */
export function describeKey(wrapped: z.ZodType): string | undefined {
  const schema = unwrap(wrapped);
  const documentation = documentationOf(schema) ?? documentationOf(wrapped);
  if (!documentation) return undefined;
  const lines = [documentation.description, `Expected: ${expectationOf(schema)}.`];
  if (documentation.default !== undefined) lines.push(`Default: \`${written(documentation.default)}\`.`);
  return lines.join('\n\n');
}
