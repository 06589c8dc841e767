/** Commands that are handed pipes, devices, folders and huge files in place of run files, weights, images and arrays. */

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { stopServer } from '../../server/client/connect.ts';
import { HANG_MS } from '../support/hang.ts';
import { later, temporaryFolder } from '../support/training-server.ts';

const program = fileURLToPath(new URL('../../bin/rectiscope.mjs', import.meta.url));

/** A folder with what is no run file, and the command line in it. */
function place(t: TestContext) {
  const folder = temporaryFolder(t);
  const home = join(folder, 'store');
  later(t, () => stopServer(home));
  execFileSync('mkfifo', [join(folder, 'pipe.rectiscope.yaml')]);
  mkdirSync(join(folder, 'folder.rectiscope.yaml'));
  writeFileSync(join(folder, 'huge.rectiscope.yaml'), '');
  truncateSync(join(folder, 'huge.rectiscope.yaml'), 2 ** 40);
  const run = (...words: string[]) => {
    const { status, signal, stdout, stderr } = spawnSync(process.execPath, [program, ...words], {
      cwd: folder,
      encoding: 'utf8',
      input: '',
      env: { ...process.env, RECTISCOPE_HOME: home, NO_COLOR: '1' },
      // A command that waits for a pipe would wait for ever.
      timeout: HANG_MS,
    });
    assert.equal(signal, null, `${words.join(' ')} did not end`);
    assert.doesNotMatch(stderr, /\n\s+at /, 'no stack');
    return { status, said: `${stdout}${stderr}` };
  };
  return { folder, run };
}

const NO_FILES = [
  ['pipe.rectiscope.yaml', /pipe\.rectiscope\.yaml:.* it is a named pipe, not a file\./],
  ['folder.rectiscope.yaml', /folder\.rectiscope\.yaml:.* it is a folder, not a file\./],
  ['huge.rectiscope.yaml', /huge\.rectiscope\.yaml:.* it has 1,048,576 MB, and 64 KB is the most that is read\./],
  ['/dev/zero', /\/dev\/zero:.* it is a device, not a file\./],
] as const;

describe('in place of a run file', { skip: process.platform === 'win32' && 'Windows has no such files' }, () => {
  for (const words of [['check'], ['train'], ['fix'], ['prove'], ['lr'], ['bench']])
    it(`\`${words.join(' ')}\` is handed what is none: it says so and ends with 2`, (t) => {
      const { run } = place(t);
      for (const [file, message] of NO_FILES) {
        const { status, said } = run(...words, file);
        assert.match(said, message);
        assert.equal(status, 2, said);
      }
    });

  it('`lr --stdin` is sent an endless text', (t) => {
    const { folder } = place(t);
    const { status, stderr } = spawnSync(
      'sh',
      ['-c', `"$0" "$1" lr a.rectiscope.yaml --stdin < /dev/zero`, process.execPath, program],
      { cwd: folder, encoding: 'utf8', timeout: HANG_MS },
    );
    assert.equal(status, 2, stderr);
    assert.match(stderr, /A run file has at most 64 KB; standard input has more\./);
  });

  it('agents that ask for one get an answer, and the next question is answered, too', (t) => {
    const { folder, run } = place(t);
    writeFileSync(
      join(folder, 'a.rectiscope.yaml'),
      'version: 1\nnetwork: {input: [4, 4, 1], layers: [dense: {units: 3}]}\n',
    );
    const ask = (id: number, method: string, params: object) =>
      `${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`;
    const call = (id: number, file: string) =>
      ask(id, 'tools/call', { name: 'check', arguments: { file: join(folder, file) } });
    const clientInfo = { name: 'test', version: '1' };
    const { stdout, status } = spawnSync(process.execPath, [program, 'mcp'], {
      cwd: folder,
      encoding: 'utf8',
      timeout: HANG_MS,
      input: [
        ask(1, 'initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo }),
        `${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' })}\n`,
        call(2, 'pipe.rectiscope.yaml'),
        call(3, 'a.rectiscope.yaml'),
      ].join(''),
    });
    assert.equal(status, 0, 'it ends with its input');
    const answers = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { id: number; result: { isError?: boolean; content?: { text: string }[] } });
    const answer = (id: number) => answers.find((one) => one.id === id)?.result;
    assert.match(answer(2)?.content?.[0]?.text ?? '', /it is a named pipe, not a file/);
    assert.ok(answer(3)?.isError !== true);
    assert.equal(run('check', 'a.rectiscope.yaml').status, 0);
  });
});

describe('in what a run file names', { skip: process.platform === 'win32' && 'Windows has no such files' }, () => {
  const network = (init: string) => `network: {input: [4, 4, 1], layers: [dense: {units: 3${init}}]}`;
  const training = 'train: {batch_size: 6, steps: 3, learning_rate: 0.02}';

  it('weights that are a pipe, a device or a folder are refused', (t) => {
    const { folder, run } = place(t);
    execFileSync('mkfifo', [join(folder, 'pipe.safetensors')]);
    mkdirSync(join(folder, 'folder.safetensors'));
    for (const [from, kind] of [
      ['pipe.safetensors', 'a named pipe'],
      ['/dev/zero', 'a device'],
      ['folder.safetensors', 'a folder'],
    ] as const) {
      writeFileSync(join(folder, 'a.rectiscope.yaml'), `version: 1\n${network(`, init: {from: ${from}}`)}\n`);
      const { status, said } = run('check', 'a.rectiscope.yaml');
      assert.match(said, new RegExp(`it is ${kind}, not a file`));
      assert.equal(status, 2);
    }
  });

  it('IDX files and images that are pipes are refused', (t) => {
    const { folder, run } = place(t);
    mkdirSync(join(folder, 'idx'));
    for (const name of ['train-images-idx3-ubyte', 'train-labels-idx1-ubyte'])
      execFileSync('mkfifo', [join(folder, 'idx', name)]);
    mkdirSync(join(folder, 'images', 'train', 'a'), { recursive: true });
    execFileSync('mkfifo', [join(folder, 'images', 'train', 'a', '1.png')]);
    for (const source of ['idx', 'images']) {
      const text = `version: 1\ndata: {source: ${source}}\n${network('')}\n${training}\n`;
      writeFileSync(join(folder, 'a.rectiscope.yaml'), text);
      for (const command of ['check', 'train']) {
        const { said, status } = run(command, 'a.rectiscope.yaml');
        assert.notEqual(status, 0, said);
      }
    }
  });
});
