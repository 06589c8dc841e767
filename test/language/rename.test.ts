/** Layers can be renamed if the file stays valid; otherwise the reason is reported. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { pathToFileURL } from 'node:url';
import { PrepareRenameRequest, RenameRequest, type TextEdit } from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { encodeTensors } from '../../server/formats/safetensors.ts';
import { readRunFile } from '../../server/run-file/read.ts';
import { withFolder } from '../support/idx.ts';
import { LanguageClient } from '../support/language-client.ts';

let client: LanguageClient;
let opened = 0;

before(async () => {
  client = await LanguageClient.start({ textDocument: { rename: { prepareSupport: true } } });
});
after(() => client.stop());

/** Ask at the cursor, which `|` marks: what would be renamed, and the text with the new name. */
async function at(marked: string, folder = 'file:///folder') {
  const uri = `${folder}/${++opened}.rectiscope.yaml`;
  const offset = marked.indexOf('|');
  const text = marked.replace('|', '');
  const document = TextDocument.create(uri, 'yaml', 1, text);
  const position = document.positionAt(offset);
  await client.open(uri, text);
  const textDocument = { uri };
  return {
    prepare: async () => {
      const answer = await client.connection.sendRequest(PrepareRenameRequest.type, { textDocument, position });
      assert.ok(answer && 'placeholder' in answer);
      return [document.getText(answer.range), answer.placeholder];
    },
    rename: async (newName: string): Promise<string> => {
      const answer = await client.connection.sendRequest(RenameRequest.type, { textDocument, position, newName });
      const edits: TextEdit[] = answer?.changes?.[uri] ?? [];
      return TextDocument.applyEdits(document, edits);
    },
  };
}

/** A network of these entries, each on its line. */
const network = (...layers: string[]): string =>
  `network:\n  input: [8, 8, 1]\n  layers:\n${layers.map((layer) => `    - ${layer}\n`).join('')}    - dense: {units: 3}\n`;

const conv = 'conv: {filters: 2, kernel: 3}';

test('a written name is replaced, its quotes and comments kept', async () => {
  const inside = await at(network('conv: {filters: 2, kernel: 3, name: st|em} # first'));
  assert.deepEqual(await inside.prepare(), ['stem', 'stem']);
  assert.equal(await inside.rename('root-1'), network('conv: {filters: 2, kernel: 3, name: root-1} # first'));
  const beside = await at(network(`${conv}\n      name: "st|em"   # first`));
  assert.deepEqual(await beside.prepare(), ['"stem"', 'stem']);
  assert.equal(await beside.rename('root'), network(`${conv}\n      name: "root"   # first`));
  const onKey = await at(network(`${conv}\n      na|me: 'stem'`));
  assert.equal(await onKey.rename('root'), network(`${conv}\n      name: 'root'`));
});

test('a layer without a name gets one beside its settings', async () => {
  const first = await at(network('co|nv: {filters: 2, kernel: 3}'));
  assert.deepEqual(await first.prepare(), ['conv', 'conv1']);
  assert.equal(await first.rename('stem'), network('conv: {filters: 2, kernel: 3, name: stem}'));
  const repeated = await at(network(conv, 'co|nv: {filters: 2, kernel: 3, repeat: 3}'));
  assert.deepEqual(await repeated.prepare(), ['conv', 'conv']);
  const pyramid = await at(network(conv, 's|pp: [2, 1] # bins'));
  assert.equal(await pyramid.rename('bins'), network(conv, 'spp: {bins: [2, 1], name: bins} # bins'));
  const alone = await at(network(conv, 'global_average_p|ool # mean'));
  assert.deepEqual(await alone.prepare(), ['global_average_pool', 'gap1']);
  assert.equal(await alone.rename('mean'), network(conv, 'global_average_pool: {name: mean} # mean'));
  const flow = await at('network: {input: [8, 8, 1], layers: [global_average_p|ool, {dense: {units: 2}}]}\n');
  assert.equal(
    await flow.rename('mean'),
    'network: {input: [8, 8, 1], layers: [{global_average_pool: {name: mean}}, {dense: {units: 2}}]}\n',
  );
});

test('every text that is a name is read back as that name', async () => {
  for (const name of ['1e3', 'true', 'null', '0x10', '7', '1.5', 'a.b', '-1'.slice(1)]) {
    const text = await (await at(network('conv: {filters: 2, kernel: 3, name: st|em}'))).rename(name);
    const { config, mistakes } = readRunFile(text, { fileName: 'a', folder: '/', forCheck: true });
    assert.deepEqual([mistakes, config?.network.layers[0]?.name], [[], name], text);
  }
});

const refused = async (marked: string, message: RegExp, newName = 'stem'): Promise<void> => {
  await assert.rejects((await at(marked)).rename(newName), message);
};

test('what can’t be renamed, no name, a name that is taken: refused with the reason', async () => {
  await refused(network(conv).replace('input', 'inp|ut'), /Only layers can be renamed: put the cursor on/);
  await assert.rejects((await at(network('conv: {fil|ters: 2, kernel: 3}'))).prepare(), /Only layers can be renamed/);
  await assert.rejects((await at('network:\n  preset: small|_14\n')).prepare(), /A preset names its layers itself/);
  const named = network('conv: {filters: 2, kernel: 3, name: a|a}', 'conv: {filters: 2, kernel: 3, name: bb}', conv);
  for (const name of ['', 'a b', '_a', 'ä', 'a'.repeat(65)]) await refused(named, /A layer’s name has letters/, name);
  await refused(named, /`network\.layers\[1\]` already has the name `bb`: layer names are unique/, 'bb');
  await refused(named, /already has the name `conv3`/, 'conv3');
  await refused(named, /already has the name `dense1`/, 'dense1');
  const stems = network('conv: {filters: 2, kernel: 3, name: c|c, repeat: 2}', conv.replace('}', ', name: bb2}'));
  await refused(stems, /already has the name `bb2`/, 'bb');
  // Of a repeat: bb21 and bb22.
  assert.match(await (await at(stems)).rename('bb2'), /name: bb2, repeat/);
});

test('a file with mistakes: a duplicate name can be renamed, but not to another existing name', async () => {
  const twice = network(
    'conv: {filters: 2, kernel: 3, name: a|a}',
    conv.replace('}', ', name: aa}'),
    conv.replace('}', ', name: bb, unknown: 3}'),
  );
  assert.match(await (await at(twice)).rename('cc'), /name: cc}\n.*name: aa}/);
  await refused(twice, /already has the name `bb`/, 'bb');
});

test('a layer whose weights come from a file keeps the name that the file has', () =>
  withFolder(async (folder) => {
    const shape = [64, 3];
    const data = new Float32Array(192).fill(0.1);
    const arrays = new Map(['out.weight', 'last.weight'].map((name) => [name, { shape, data }]));
    writeFileSync(join(folder, 'w.safetensors'), Buffer.concat(encodeTensors({ arrays, metadata: {} })));
    const text =
      'network:\n  input: [8, 8, 1]\n  init: {from: w.safetensors}\n  layers:\n    - dense: {units: 3, name: o|ut}\n';
    const asked = await at(text, pathToFileURL(folder).href);
    await assert.rejects(asked.rename('end'), /w\.safetensors does not fit this network: .*`end\.weight`/);
    assert.match(await asked.rename('last'), /name: last}/);
  }));
