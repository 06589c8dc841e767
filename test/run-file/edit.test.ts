import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import test from 'node:test';
import { isMap, isPair, isSeq, type Node, parse } from 'yaml';
import type { SourcePath } from '../../server/domain/origin.ts';
import { applyEdits, removeKeyEdit, setValueEdit } from '../../server/run-file/edit.ts';
import { keyText, type Positions } from '../../server/run-file/positions.ts';
import { readRunFile } from '../../server/run-file/read.ts';

const positionsOf = (text: string): Positions =>
  readRunFile(text, { fileName: 'a.rectiscope.yaml', folder: '/runs', forCheck: true }).positions;

const removed = (text: string, path: SourcePath): string => {
  const positions = positionsOf(text);
  return applyEdits(positions, removeKeyEdit(positions, path));
};

const withValue = (text: string, path: SourcePath, value: string): string => {
  const positions = positionsOf(text);
  return applyEdits(positions, setValueEdit(positions, path, value));
};

const file = `# top
data: {source: fashion-mnist} # where from
network:
  input: [28, 28, 1]   # height, width, channels
  init: xavier   # the mistake

  # the layers
  layers:
    - conv: {filters: 16, kernel: 3, init: xavier}
    - init: he   # its own
      conv: {filters: 16, kernel: 3}
    - dense:
        units: 10
        init:
          gaussian: 0.01 # small
train:
  steps: 300 # short
  batch_size: 64`;

/** What `edited` has that `text` had not, and the reverse. */
function difference(text: string, edited: string): { gone: string[]; come: string[] } {
  const before = text.split(/\r?\n/);
  const after = edited.split(/\r?\n/);
  return { gone: before.filter((line) => !after.includes(line)), come: after.filter((line) => !before.includes(line)) };
}

test('a value is replaced in place; its comment stays', () => {
  assert.deepEqual(difference(file, withValue(file, ['network', 'init'], 'he')), {
    gone: ['  init: xavier   # the mistake'],
    come: ['  init: he   # the mistake'],
  });
  assert.deepEqual(difference(file, withValue(file, ['network', 'layers', 0, 'conv', 'init'], '{he: fan_out}')), {
    gone: ['    - conv: {filters: 16, kernel: 3, init: xavier}'],
    come: ['    - conv: {filters: 16, kernel: 3, init: {he: fan_out}}'],
  });
});

test('a block below its key moves up to it', () => {
  assert.deepEqual(difference(file, withValue(file, ['network', 'layers', 2, 'dense', 'init'], 'he')), {
    gone: ['        init:', '          gaussian: 0.01 # small'],
    come: ['        init: he # small'],
  });
});

test('a missing key is added in the schema’s order', () => {
  assert.deepEqual(difference(file, withValue(file, ['network', 'activation'], 'prelu')).come, ['  activation: prelu']);
  assert.match(withValue(file, ['network', 'activation'], 'prelu'), /channels\n {2}activation: prelu\n {2}init/);
  assert.match(withValue(file, ['train', 'momentum'], '0.5'), /batch_size: 64\n {2}momentum: 0.5$/);
  assert.match(withValue(file, ['version'], '1'), /^# top\nversion: 1\ndata/);
  assert.match(
    withValue(file, ['data', 'limit'], '{train: 9}'),
    /\{source: fashion-mnist, limit: \{train: 9\}\} # where/,
  );
  assert.match(withValue(file, ['evaluate', 'every'], '1 epoch'), /batch_size: 64\nevaluate: \{every: 1 epoch\}$/);
  assert.match(withValue(file, ['network', 'layers', 1, 'conv', 'stride'], '2'), /kernel: 3, stride: 2\}/);
  assert.match(withValue(file, ['network', 'init', 'he'], 'fan_out'), /init: \{he: fan_out\} {3}# the mistake/);
  assert.equal(withValue('', ['train', 'momentum'], '0'), 'train: {momentum: 0}\n');
  assert.equal(withValue('{}', ['seed'], '2'), '{seed: 2}');
  assert.equal(withValue('seed:\ntrain: {}', ['seed'], '2'), 'seed: 2\ntrain: {}');
});

test('a removed key takes its line along, and the mapping that held nothing else', () => {
  assert.deepEqual(difference(file, removed(file, ['network', 'init'])), {
    gone: ['  init: xavier   # the mistake'],
    come: [],
  });
  assert.deepEqual(difference(file, removed(file, ['network', 'layers', 0, 'conv', 'init'])), {
    gone: ['    - conv: {filters: 16, kernel: 3, init: xavier}'],
    come: ['    - conv: {filters: 16, kernel: 3}'],
  });
  assert.deepEqual(difference(file, removed(file, ['network', 'layers', 0, 'conv', 'filters'])).come, [
    '    - conv: {kernel: 3, init: xavier}',
  ]);
  assert.deepEqual(difference(file, removed(file, ['network', 'layers', 1, 'init'])), {
    gone: ['    - init: he   # its own', '      conv: {filters: 16, kernel: 3}'],
    come: ['    - conv: {filters: 16, kernel: 3}'],
  });
  assert.deepEqual(difference(file, removed(file, ['network', 'layers', 2, 'dense', 'init', 'gaussian'])), {
    gone: ['        init:', '          gaussian: 0.01 # small'],
    come: [],
  });
  assert.deepEqual(difference(file, removed(file, ['train', 'batch_size'])), { gone: ['  batch_size: 64'], come: [] });
  assert.equal(removed(file, ['train', 'momentum']), file);
});

test('lines that are added or removed end as the file’s do', () => {
  const windows = file.replaceAll('\n', '\r\n');
  assert.equal(
    withValue(windows, ['network', 'activation'], 'none'),
    withValue(file, ['network', 'activation'], 'none').replaceAll('\n', '\r\n'),
  );
  assert.equal(removed(windows, ['train', 'steps']), removed(file, ['train', 'steps']).replaceAll('\n', '\r\n'));
});

/** Every key and list item of a document. */
function* allPaths(node: unknown, path: SourcePath = []): Generator<SourcePath> {
  if (path.length > 0) yield path;
  if (isMap(node)) {
    for (const pair of node.items)
      if (isPair(pair)) yield* allPaths(pair.value, [...path, keyText(pair.key as Node) ?? '']);
  }
  if (isSeq(node)) for (const [i, item] of node.items.entries()) yield* allPaths(item, [...path, i]);
}

type Tree = Record<string | number, unknown>;

function parentOf(tree: Tree, path: SourcePath): Tree {
  return path.slice(0, -1).reduce((inner, part) => inner[part] as Tree, tree);
}

/** The same on plain objects: the second implementation that the edits are compared with. */
function removeFrom(tree: Tree, path: SourcePath): void {
  const parent = parentOf(tree, path);
  const last = path.at(-1) as string;
  if (Object.keys(parent).length === 1 && path.length > 1) removeFrom(tree, path.slice(0, -1));
  else if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else delete parent[last];
}

const folders = ['examples', 'test/fixtures/diagnosis-cases'];
const texts = folders.flatMap((folder) => {
  const root = new URL(`../../${folder}/`, import.meta.url);
  const names = readdirSync(root).filter((name) => name.endsWith('.yaml'));
  return names.map((name) => readFileSync(new URL(name, root), 'utf8'));
});

test('whatever key is set or removed, everything else reads as before', () => {
  let count = 0;
  for (const text of [file, JSON.stringify(parse(file), null, 2), ...texts]) {
    for (const path of allPaths(positionsOf(text).root)) {
      const set = parse(text) as Tree;
      parentOf(set, path)[path.at(-1) as string] = { x: 1 };
      assert.deepEqual(parse(withValue(text, path, '{x: 1}')), set, path.join('.'));
      const less = parse(text) as Tree;
      removeFrom(less, path);
      assert.deepEqual(parse(removed(text, path)), less, path.join('.'));
      count++;
    }
  }
  assert.ok(count > 800, `${count} edits`);
});
