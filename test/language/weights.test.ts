/** The editor looks at the weights that a run file names, wherever the file lies. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { pathToFileURL } from 'node:url';
import { encodeTensors } from '../../server/formats/safetensors.ts';
import { withFolder } from '../support/idx.ts';
import { LanguageClient } from '../support/language-client.ts';

const text = `network:
  input: [4, 4, 1]
  init: {from: w.safetensors}
  layers:
    - dense: {units: 3}
`;

const weights = (...shape: [number, number]) =>
  Buffer.concat(
    encodeTensors({
      arrays: new Map([['dense1.weight', { shape, data: new Float32Array(shape[0] * shape[1]).fill(0.25) }]]),
      metadata: {},
    }),
  );

test('weights that are missing or do not fit are reported on their line until they are there', () =>
  withFolder(async (parent) => {
    const folder = join(parent, 'mit Lücke #1');
    mkdirSync(folder);
    const client = await LanguageClient.start();
    const uri = pathToFileURL(join(folder, 'a.rectiscope.yaml')).href;
    const said = async (version: number) => {
      const { diagnostics } = await client.publication((params) => params.uri === uri && params.version === version);
      return diagnostics.map(({ range: { start }, message }) => ({ ...start, message: String(message) }));
    };
    const touch = (version: number) => client.change(uri, version, [{ text: `${text}#${version}\n` }]);
    await client.open(uri, text);
    const [missing, ...others] = await said(1);
    assert.deepEqual([missing?.line, missing?.character, others], [2, 9, []]);
    assert.ok(missing?.message.includes(`${join(folder, 'w.safetensors')}: there is no such file`), missing?.message);

    writeFileSync(join(folder, 'w.safetensors'), weights(3, 16));
    await touch(2);
    assert.match((await said(2))[0]?.message ?? '', /`dense1\.weight` is \[3, 16\] in the file and \[16, 3\] here/);

    writeFileSync(join(folder, 'w.safetensors'), weights(16, 3));
    await touch(3);
    assert.deepEqual(await said(3), []);
    await client.stop();
  }));

test('a text that is not on the disk is not judged by what it can’t name', async () => {
  const client = await LanguageClient.start();
  const uri = 'untitled:a.rectiscope.yaml';
  await client.open(uri, text);
  assert.deepEqual((await client.publication((params) => params.uri === uri)).diagnostics, []);
  await client.stop();
});
