import assert from 'node:assert/strict';
import test from 'node:test';
import { stringify } from 'yaml';
import { readRunFile } from '../../server/run-file/read.ts';
import { jsonSchema } from '../../server/run-file/schema.ts';

interface JsonSchema {
  description?: string;
  default?: unknown;
  properties?: Record<string, JsonSchema>;
  anyOf?: JsonSchema[];
  items?: JsonSchema;
}

function* properties(schema: JsonSchema, path: string[] = []): Generator<[path: string[], property: JsonSchema]> {
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    yield [[...path, key], property];
    yield* properties(property, [...path, key]);
  }
  for (const branch of schema.anyOf ?? []) yield* properties(branch, path);
  if (schema.items) yield* properties(schema.items, [...path, '[]']);
}

const all = [...properties(jsonSchema() as JsonSchema)];

test('the JSON Schema describes every key', () => {
  assert.ok(all.length > 80, `${all.length} keys`);
  const bare = all.filter(([, property]) => !property.description).map(([path]) => path.join('.'));
  // The single keys of `{step: …}`, `{he: …}` and the like are described by what they are a form of.
  assert.deepEqual(bare, []);
});

test('a default that the schema names is the one that holds', () => {
  const options = { fileName: 'a', folder: '/runs' };
  const base = {
    data: { source: 'fashion-mnist' },
    network: { input: [28, 28, 1], layers: [{ conv: { filters: 2, kernel: 3 } }, { dense: { units: 10 } }] },
  };
  const plain = readRunFile(stringify(base), options).config;
  assert.ok(plain);
  let count = 0;
  for (const [path, property] of all) {
    const [section, key] = path;
    // `classes` and `epochs` depend on their neighbours, a conv's own keys stand in a list.
    if (property.default === undefined || path.length > 2 || !section || key === 'classes') continue;
    const file = structuredClone(base) as Record<string, unknown>;
    if (key === undefined) file[section] = property.default;
    else file[section] = { ...(file[section] as object | undefined), [key]: property.default };
    const read = readRunFile(stringify(file), options);
    assert.deepEqual(read.mistakes, [], path.join('.'));
    const moved = { ...read.config, network: { ...read.config?.network, layers: undefined } };
    assert.deepEqual(moved, { ...plain, network: { ...plain.network, layers: undefined } }, path.join('.'));
    count++;
  }
  assert.ok(count >= 15, `${count} defaults`);
});
