/** Whole things to start with, and paths of what lies beside the run file. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { pathToFileURL } from 'node:url';
import {
  type CompletionItem,
  CompletionItemKind,
  CompletionRequest,
  InsertTextFormat,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { readRunFile } from '../../server/run-file/read.ts';
import { runFileTemplate } from '../../server/run-file/template.ts';
import { withFolder } from '../support/idx.ts';
import { LanguageClient } from '../support/language-client.ts';

let client: LanguageClient;
let plain: LanguageClient;
let opened = 0;

before(async () => {
  client = await LanguageClient.start({ textDocument: { completion: { completionItem: { snippetSupport: true } } } });
  plain = await LanguageClient.start();
});
after(async () => {
  await client.stop();
  await plain.stop();
});

/** What is offered at the cursor, which `|` marks, and the text after one of them is taken. */
async function offered(marked: string, { asker = client, folder = 'file:///folder' } = {}) {
  const uri = `${folder}/mine-${++opened}.rectiscope.yaml`;
  const text = marked.replace('|', '');
  const document = TextDocument.create(uri, 'yaml', 1, text);
  await asker.open(uri, text);
  const position = document.positionAt(marked.indexOf('|'));
  const answer = await asker.connection.sendRequest(CompletionRequest.type, { textDocument: { uri }, position });
  const items: CompletionItem[] = Array.isArray(answer) ? answer : (answer?.items ?? []);
  const labels = items.toSorted((a, b) => (a.sortText ?? '').localeCompare(b.sortText ?? '')).map(({ label }) => label);
  const taken = (label: string): string => {
    const item = items.find((candidate) => candidate.label === label);
    assert.ok(item?.textEdit && 'range' in item.textEdit, `${label} is offered: ${labels.join()}`);
    const before = document.getText({ start: item.textEdit.range.start, end: position });
    // Editors compare what is typed with this text: where the letters do not follow each other in it, nothing is shown.
    let at = -1;
    const filter = item.filterText ?? label;
    for (const letter of before) {
      at = filter.indexOf(letter, at + 1);
      assert.ok(at >= 0, `“${before}” finds “${filter}”`);
    }
    return TextDocument.applyEdits(document, [item.textEdit]);
  };
  return { items, labels, taken };
}

/** What a snippet is once its placeholders are left as they are. */
const filled = (snippet: string): string =>
  snippet.replace(/\$\{\d+:((?:\\.|[^}])*)\}/g, '$1').replace(/\\([\\$}])/g, '$1');

test('an empty file becomes a whole run file, named after its file', async () => {
  for (const marked of ['|', '# for the paper\n|', 'ru|']) {
    const { taken, items } = await offered(marked);
    const text = filled(taken('a complete run file'));
    const name = `mine-${opened}`;
    assert.equal(text, marked.replace(/(?:ru)?\|/, '') + runFileTemplate(name));
    assert.equal(readRunFile(text, { fileName: 'a', folder: '/' }).config?.name, name);
    assert.equal(items.find(({ label }) => label === 'a complete run file')?.kind, CompletionItemKind.Snippet);
  }
  const { taken, items } = await offered('|', { asker: plain });
  assert.equal(taken('a complete run file'), runFileTemplate(`mine-${opened}`));
  assert.ok(items.every(({ insertTextFormat }) => insertTextFormat === InsertTextFormat.PlainText));
  assert.ok(!(await offered('version: 1\n|\n')).labels.includes('a complete run file'));
});

const network = (layers: string): string =>
  `network:\n  input: [8, 8, 1]\n  layers:\n${layers}    - dense: {units: 3}\n`;

test('every layer that is offered can be used as it is', async () => {
  const { items, labels, taken } = await offered(network('    - |\n'));
  assert.ok(labels.includes('conv, halves the map') && labels.includes('conv'));
  const snippets = items.filter(({ insertTextFormat }) => insertTextFormat === InsertTextFormat.Snippet);
  assert.ok(snippets.length > 6);
  for (const { label } of snippets) {
    // An editor indents the later lines of a snippet like its first.
    const text = filled(taken(label)).replace('\n- dense: {units: 10}', '\n    - dense: {units: 10}');
    assert.deepEqual(readRunFile(text, { fileName: 'a', folder: '/', forCheck: true }).mistakes, [], text);
  }
});

test('below `layers:`, the dash comes with the layer', async () => {
  const { taken, labels } = await offered('network:\n  input: [8, 8, 1]\n  layers:\n    |\n');
  const text = filled(taken('dense'));
  assert.equal(text, 'network:\n  input: [8, 8, 1]\n  layers:\n    - dense: {units: 10}\n');
  assert.ok(labels.includes('conv'));
  assert.deepEqual((await offered('network:\n  layers:\n    |\n', { asker: plain })).labels, []);
});

test('folders and files of weights beside the run file are offered, what has data first', () =>
  withFolder(async (parent) => {
    const root = join(parent, 'mit Lücke');
    for (const name of [
      'photos/train',
      'photos/val',
      'zoo/inner/train',
      'my photos',
      'empty',
      '.hidden',
      'node_modules',
    ])
      mkdirSync(join(root, name), { recursive: true });
    mkdirSync(join(root, 'zoo/idx'));
    writeFileSync(join(root, 'zoo/idx/train-images-idx3-ubyte'), '');
    for (const name of ['w.safetensors', 'zoo/v.safetensors', 'notes.txt']) writeFileSync(join(root, name), '');
    const folder = pathToFileURL(root).href;
    const at = (marked: string) => offered(marked, { folder });

    const source = await at('data:\n  source: |\n');
    assert.deepEqual(
      source.labels,
      ['fashion-mnist', 'photos/', 'empty/', 'my photos/', 'zoo/'].toSorted(
        (a, b) => source.labels.indexOf(a) - source.labels.indexOf(b),
      ),
    );
    assert.equal(
      source.labels.find((label) => label.endsWith('/')),
      'photos/',
    );
    assert.equal(source.taken('photos/'), 'data:\n  source: photos\n');
    assert.equal(source.taken('my photos/'), 'data:\n  source: "my photos"\n');
    const [photos] = source.items.filter(({ label }) => label === 'photos/');
    assert.equal(photos?.detail, 'train/ and val/');

    const inner = await at('data: {source: zoo/i|}\n');
    assert.deepEqual(inner.labels.toSorted(), ['idx/', 'inner/']);
    assert.equal(inner.taken('idx/'), 'data: {source: zoo/idx}\n');
    assert.equal((await at("data: {source: 'my|'}\n")).taken('my photos/'), "data: {source: 'my photos'}\n");
    assert.equal((await at('data: {source: "my ph|"}\n')).taken('my photos/'), 'data: {source: "my photos"}\n');
    assert.equal((await at('data: {source: zo|x}\n')).taken('zoo/'), 'data: {source: zoo}\n');
    assert.ok((await at('data: {source: ../mit Lücke/|}\n')).labels.includes('photos/'));
    assert.ok((await at('data: {source: .|}\n')).labels.includes('.hidden/'));
    assert.deepEqual((await at('data: {source: nowhere/|}\n')).labels, []);

    const weights = await at('network:\n  init: {from: |}\n');
    assert.deepEqual(weights.labels, ['w.safetensors', 'empty/', 'my photos/', 'photos/', 'zoo/']);
    assert.equal(weights.taken('w.safetensors'), 'network:\n  init: {from: w.safetensors}\n');
    assert.equal(weights.taken('zoo/'), 'network:\n  init: {from: zoo/}\n');
    const ofLayer = await at('network:\n  layers:\n    - conv: {filters: 3, kernel: 3, init: {from: zoo/|}}\n');
    assert.equal(
      ofLayer.taken('v.safetensors'),
      'network:\n  layers:\n    - conv: {filters: 3, kernel: 3, init: {from: zoo/v.safetensors}}\n',
    );
    const beside = await at('network:\n  layers:\n    - dense: {units: 3}\n      init: {from: |}\n');
    assert.ok(beside.labels.includes('w.safetensors'));
  }));

test('what is not on the disk, and what is no path, has no paths', async () => {
  assert.deepEqual((await offered('data: {source: |}\n', { folder: 'untitled:x' })).labels, ['fashion-mnist']);
  assert.deepEqual((await offered('evaluate: {every: 1 |}\n')).labels, []);
  assert.deepEqual((await offered('name: |\n')).labels, []);
});
