/** The JSON Schema for other editors says what our own reader says. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import test from 'node:test';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { parse, stringify } from 'yaml';
import { parseDocument } from '../../server/run-file/document.ts';
import { jsonSchema } from '../../server/run-file/json-schema.ts';
import { readRunFile } from '../../server/run-file/read.ts';
import { runFileSchema } from '../../server/run-file/schema.ts';
import { validate } from '../../server/run-file/validate.ts';

interface JsonSchema {
  description?: string;
  default?: unknown;
  properties?: Record<string, JsonSchema>;
  anyOf?: JsonSchema[];
  items?: JsonSchema | JsonSchema[];
  $ref?: string;
  definitions?: Record<string, JsonSchema>;
}

/** Every property with its path; `root` has what references name. No cycle is offered yet. */
function* properties(
  schema: JsonSchema,
  root: JsonSchema,
  path: string[] = [],
): Generator<[path: string[], property: JsonSchema]> {
  const named = schema.$ref && root.definitions?.[schema.$ref.replace('#/definitions/', '')];
  if (named) yield* properties(named, root, path);
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    yield [[...path, key], property];
    yield* properties(property, root, [...path, key]);
  }
  for (const branch of schema.anyOf ?? []) yield* properties(branch, root, path);
  for (const item of [schema.items ?? []].flat()) yield* properties(item, root, [...path, '[]']);
}

const root = resolve(import.meta.dirname, '..', '..');
const committed = readFileSync(resolve(root, 'schema', 'run-file.schema.json'), 'utf8');
// A key may be absent or null: `type: [object, null]`.
const accepts = new Ajv({ strict: true, allowUnionTypes: true }).compile(JSON.parse(committed) as object);

/** Whether our reader, which knows more than a schema (conflicts, shapes, files), takes keys, types and bounds of a text. */
function readerAccepts(text: string): boolean {
  const { positions, mistakes } = parseDocument(text);
  assert.deepEqual(mistakes, [], text);
  return validate(runFileSchema, positions).mistakes.length === 0;
}

const ours = jsonSchema() as JsonSchema;
const all = [...properties(ours, ours)];

test('the committed schema is the one that `rectiscope schema` prints', () =>
  assert.ok(
    committed === `${JSON.stringify(jsonSchema(), null, 2)}\n`,
    'write it anew: npx rectiscope schema > schema/run-file.schema.json',
  ));

test('the JSON Schema describes every key', () => {
  assert.ok(all.length > 80, `${all.length} keys`);
  const bare = all.filter(([, property]) => !property.description).map(([path]) => path.join('.'));
  // The single keys of `{step: …}`, `{he: …}` and the like are described by what they are a form of.
  assert.deepEqual(bare, []);
});

const files = globSync(['examples/**/*.rectiscope.yaml', 'test/**/*.rectiscope.yaml'], { cwd: root });

test('it accepts every example and every run file of the tests but the wrong one', () => {
  assert.ok(files.length > 50, `${files.length} files`);
  for (const file of files) {
    const text = readFileSync(resolve(root, file), 'utf8');
    const sound = !file.endsWith('wrong.rectiscope.yaml');
    assert.equal(readerAccepts(text), sound, file);
    assert.equal(accepts(parse(text)), sound, `${file}: ${JSON.stringify(accepts.errors)}`);
  }
});

/** A file that has every section and most forms of a value. */
const full = {
  version: 1,
  name: 'full',
  seed: 3,
  data: {
    source: 'fashion-mnist',
    limit: { train: 100, val: 10 },
    validation: 0.1,
    normalize: 'standardize',
    shuffle: true,
    augment: { resize: [256, 512], crop: 28, flip: true, color: 'pca' },
    max_pixels: 50_000,
    bad_files: 'skip',
    cache_mb: 10,
  },
  network: {
    input: [28, 28, 3],
    activation: { prelu: { share: 'channel', slope: 0.25 } },
    init: { he: 'fan_out' },
    init_scale: 0.9,
    layers: [
      { conv: { filters: 4, kernel: 3, stride: 2, padding: 'valid' }, activation: { leaky_relu: 0.1 }, name: 'first' },
      { conv: { filters: 4, kernel: 3 }, init: { gaussian: 0.01 }, repeat: 2, bias: false },
      { max_pool: { size: 2, stride: 2 } },
      { spp: [3, 1] },
      'global_average_pool',
      { dense: { units: 40, dropout: 0.5 }, activation: 'none', init: { from: 'weights.safetensors' } },
      { dense: { units: 10 } },
    ],
  },
  train: {
    batch_size: 32,
    epochs: 1.5,
    learning_rate: 0.01,
    // biome-ignore lint/suspicious/noThenProperty: the contract's name for the key; nothing awaits a schedule.
    schedule: { warmup: '10 steps', then: { step: { at: [1, '500 steps'], factor: 0.1 } } },
    momentum: 0.9,
    weight_decay: 0.0005,
    replicas: 2,
    workers: [],
  },
  evaluate: { every: '1 epoch', views: 'ten', scales: [28, 40] },
  diagnose: { probe_every: '10 steps', stop_on: ['stalled', 'diverged'], ignore: ['overfitting'] },
};

type Json = Record<string, unknown> | unknown[];

/** Every place of a value: the collection that holds it, and its key there. */
function* places(value: unknown): Generator<readonly [holder: Json, key: string]> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    yield [value as Json, key];
    yield* places(inner);
  }
}

/** What takes the place of a value: other types, bounds and beyond, words of elsewhere, empty things. */
const others = [
  ...[null, true, 'relu', 'constant', 'he', '200 steps', '0.5 steps', '1 epoch', '', 'x'.repeat(201)],
  ...[0, 1, -1, 0.5, 1.5, 1e9, 1e10, -11, 70_000],
  ...[[], [1], [28, 28, 1], [1, 2, 3, 4], ['stalled'], ['stalled', 'finished'], [0]],
  ...[{}, { he: 'fan_in' }, { he: 'fan-in' }, { gaussian: 0 }, { gaussian: 1, he: 'fan_in' }, { from: 'a' }],
  ...[{ prelu: null }, { prelu: { share: 'all' } }, { leaky_relu: 11 }, { step: { at: [], factor: 0.1 } }],
  ...[{ plateau: { factor: 1, patience: 2 } }, { warmup: 1 }, { conv: { filters: 1, kernel: 1 } }, { dense: null }],
  ...[{ max_pool: { size: 2 }, spp: [1] }, { global_average_pool: null }, { global_average_pool: { bins: 1 } }],
] as const;

const change = fc.record({
  place: fc.nat(),
  what: fc.constantFrom('replace', 'remove', 'add', 'rename'),
  value: fc.constantFrom<unknown>(...others),
});

function changed({ place, what, value }: { place: number; what: string; value: unknown }): unknown {
  const file = structuredClone(full);
  const all = [...places(file)];
  const [holder, key] = all[place % all.length] ?? assert.fail();
  if (Array.isArray(holder)) {
    if (what === 'replace') holder[Number(key)] = value;
    else holder.splice(Number(key), what === 'add' ? 0 : 1, ...(what === 'remove' ? [] : [value]));
  } else if (what === 'replace') holder[key] = value;
  else if (what === 'add') holder['speed'] = value;
  else {
    const { [key]: old } = holder;
    delete holder[key];
    if (what === 'rename') holder[`${key}s`] = old;
  }
  return file;
}

test('it accepts what our reader accepts, and refuses unknown and missing keys, wrong types, words and numbers', () => {
  assert.ok(accepts(full), JSON.stringify(accepts.errors));
  const counts = { accepted: 0, refused: 0 };
  fc.assert(
    fc.property(change, (one) => {
      const file = changed(one);
      const text = stringify(file);
      const ours = readerAccepts(text);
      assert.equal(accepts(file), ours, `${text}\n${JSON.stringify(accepts.errors)}`);
      counts[ours ? 'accepted' : 'refused']++;
    }),
    { numRuns: 1000, seed: 20_260_101 },
  );
  assert.ok(counts.accepted > 50 && counts.refused > 500, JSON.stringify(counts));
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
