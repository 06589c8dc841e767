import { z } from 'zod';
import { expectations } from '../domain/settings/fields.ts';
import { notOffered } from './layer-schema.ts';
import { runFileSchema } from './schema.ts';
import { requiredKeys } from './shape-of-schema.ts';

/**
 * The run file for other editors, as JSON Schema of draft 7, which all of them read: keys, types, bounds, words, meanings,
 * units and defaults from the schema that reads run files and fills hovers. Relations between keys, sizes of
 * maps and files on the disk are beyond a schema: `rectiscope check` and our language server check those.
 */
export function jsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(runFileSchema, { io: 'input', target: 'draft-7', override });
  return { $schema, title: 'Run file of Rectiscope', ...schema };
}

interface Node {
  readonly zodSchema: unknown;
  readonly jsonSchema: Record<string, unknown>;
}

/** What the reader accepts beyond zod, and what editors show. */
function override({ zodSchema, jsonSchema: json }: Node): void {
  // The description ends with it; a validator knows no such keyword.
  delete json['unit'];
  const schema = zodSchema as z.ZodType;
  // `train:` with nothing under it is an empty mapping.
  if (schema instanceof z.ZodObject && requiredKeys(schema).length === 0) json['type'] = ['object', 'null'];
  if (schema instanceof z.ZodUnion && Array.isArray(json['anyOf']))
    json['anyOf'] = json['anyOf'].filter((_, i) => !notOffered.has(schema.options[i] as z.ZodType));
  const expected = expectations.get(schema)?.expected;
  if (expected === undefined) return;
  json['description'] = [json['description'], `Expected: ${expected}.`].filter((part) => part !== undefined).join(' ');
}
