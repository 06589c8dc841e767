/** `rectiscope evaluate` and `predict` from outside, of runs that were really trained. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { runFile, writeData } from '../support/tiny-run.ts';

const program = fileURLToPath(new URL('../../server/cli.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'rectiscope-evaluate-'));

function start(...parameters: string[]) {
  const env = { ...process.env, RECTISCOPE_HOME: join(folder, 'home') };
  return spawn(process.execPath, [program, ...parameters], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
}

async function ended(child: ReturnType<typeof start>) {
  const exit = once(child, 'exit') as Promise<[number | null]>;
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
  return { code, stdout, stderr, last: () => JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') };
}

const rectiscope = (...parameters: string[]) => ended(start(...parameters));

before(async () => {
  writeData(folder);
  for (const [name, rate] of [
    ['a', 0.05],
    ['b', 0.02],
  ] as const) {
    writeFileSync(join(folder, `${name}.rectiscope.yaml`), runFile({ steps: 12, rate }));
    const { code, stderr } = await rectiscope('train', `${name}.rectiscope.yaml`, '--backend', 'onnx', '--json');
    assert.equal(code, 0, stderr);
  }
});

after(async () => {
  await rectiscope('server', 'stop');
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

describe('rectiscope evaluate', () => {
  it('in the centre equals training’s evaluation of the same weights', async () => {
    const [tested, shown] = [
      await rectiscope('evaluate', 'a', '--backend', 'onnx', '--json'),
      await rectiscope('show', 'a', '--json'),
    ];
    assert.equal(tested.code, 0, tested.stderr);
    const { event, step, images, top1, loss, confusion } = tested.last();
    const trained = shown.last().evaluations.at(-1);
    assert.deepEqual([event, step, images, top1], ['evaluation', 12, 20, trained.top1]);
    assert.deepEqual(confusion, trained.confusion);
    assert.ok(Math.abs(loss - trained.loss) < 1e-5);
  });

  it('averages scales and runs, and prints each run’s errors and their difference', async () => {
    const { code, last, stderr } = await rectiscope(
      'evaluate',
      'a',
      '--with',
      'b',
      '--views',
      'dense',
      '--scales',
      '6,9',
      '--backend',
      'onnx',
      '--json',
    );
    assert.equal(code, 0, stderr);
    const { views, scales, runs, differences } = last();
    assert.deepEqual([views, scales, runs.length], ['dense', [6, 9], 2]);
    const { lower, equal, higher } = differences[0].top1;
    assert.equal(lower + equal + higher, 3);
  });

  it('prints the same in 80 columns', async () => {
    const { stdout } = await rectiscope('evaluate', 'a', '--with', 'b', '--backend', 'onnx');
    const lines = stdout.split('\n');
    assert.match(lines[0] ?? '', /^a \(r-\w+\) at step 12$/);
    assert.match(lines[2] ?? '', /^20 val images, the centre at the size of training, on onnx \(cpu\), \d+(\.\d)? s$/);
    assert.match(stdout, /^averaged +\d+\.\d % /m);
    assert.match(stdout, /^top-1: lower in \d, equal in \d, higher in \d classes$/m);
    for (const line of lines) assert.ok(line.length <= 80, line);
  });

  it('refuses to average with a run of other images, before it reads any', async () => {
    writeFileSync(
      join(folder, 'part.rectiscope.yaml'),
      runFile({ steps: 4 }).replace('"data"}', '"data","limit":{"val":10}}'),
    );
    cpSync(join(folder, 'data'), join(folder, 'other'), { recursive: true });
    writeFileSync(
      join(folder, 'other.rectiscope.yaml'),
      runFile({ steps: 4 }).replace('"source":"data"', '"source":"other"'),
    );
    for (const [name, why] of [
      ['part', /can't be averaged: their val images differ \(20 and 10\); give both the same seed/],
      ['other', /can't be averaged: one is tested on .*data, the other on .*other/],
    ] as const) {
      const trained = await rectiscope('train', `${name}.rectiscope.yaml`, '--backend', 'onnx', '--json');
      assert.equal(trained.code, 0, trained.stderr);
      const { code, stdout, stderr } = await rectiscope('evaluate', 'a', '--with', name, '--backend', 'onnx', '--json');
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, why);
    }
  });

  it('exits with 130 if it is interrupted', { skip: process.platform === 'win32' && 'no signals' }, async () => {
    // So much to test that it reports progress, and is then interrupted.
    const scales = Array.from({ length: 40 }, (_, i) => 300 + i).join();
    const child = start('evaluate', 'a', '--views', 'dense', '--scales', scales, '--backend', 'onnx');
    child.stderr.once('data', () => child.kill('SIGINT'));
    const { code, stdout, stderr } = await ended(child);
    assert.deepEqual([code, stdout], [130, '']);
    assert.match(stderr, /^a: \d+ of 20 images\n(.|\n)*Interrupted; nothing was changed\.\n$/);
  });

  it('names what is wrong', async () => {
    const small = await rectiscope('evaluate', 'a', '--scales', '5', '--backend', 'onnx');
    assert.equal(small.code, 2);
    assert.match(small.stderr, /is 5×5, smaller than the network’s input of 6×6/);
    assert.equal((await rectiscope('evaluate', 'nobody')).code, 4);
    writeFileSync(join(folder, 'bad.png'), 'no image');
    const bad = await rectiscope('predict', 'a', 'bad.png', '--backend', 'onnx');
    assert.equal(bad.code, 2);
    assert.match(bad.stderr, /bad\.png can't be used/);
  });
});

/** Writes a test image to a file of its own, and gives its name: PNG and lossless WebP keep every byte. */
async function imageFile(index: number): Promise<string> {
  const all = readFileSync(join(folder, 'data', 't10k-images-idx3-ubyte'));
  const bytes = all.subarray(16 + 36 * index, 16 + 36 * (index + 1));
  const image = sharp(bytes, { raw: { width: 6, height: 6, channels: 1 } });
  const file = index % 2 === 0 ? `${index}.png` : `${index}.webp`;
  await (index % 2 === 0 ? image.png() : image.webp({ lossless: true })).toFile(join(folder, file));
  return file;
}

describe('rectiscope predict', () => {
  it('gives image files the scores that the same images have in a test', async () => {
    const tested = await rectiscope('evaluate', 'a', '--worst', '20', '--backend', 'onnx', '--json');
    const { worst, classes } = tested.last();
    assert.ok(worst.length > 0, 'a network that errs nowhere shows nothing');
    const files: string[] = [];
    for (const { index } of worst) files.push(await imageFile(index));
    const { code, stdout, stderr } = await rectiscope('predict', 'a', ...files, '--backend', 'onnx', '--json');
    assert.equal(code, 0, stderr);
    const predictions = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      predictions.map(({ image }) => image),
      files,
    );
    for (const [i, { top }] of predictions.entries()) {
      assert.equal(top.length, classes.length);
      assert.equal(top[0].label, worst[i].predicted);
      const own = top.find(({ label }: { label: number }) => label === worst[i].label);
      // Single precision, summed in the same order on the same backend.
      assert.ok(Math.abs(top[0].score - worst[i].score) < 1e-6);
      assert.ok(Math.abs(own.score - worst[i].label_score) < 1e-6);
      const sum = top.reduce((all: number, { score }: { score: number }) => all + score, 0);
      assert.ok(Math.abs(sum - 1) < 1e-9, 'three classes in all');
    }
  });

  it('prints the classes below each image, and what can’t be used', async () => {
    writeFileSync(join(folder, 'empty.png'), '');
    const file = await imageFile(3);
    const { code, stdout, stderr } = await rectiscope('predict', 'a', file, 'empty.png', '--backend', 'onnx');
    assert.equal(code, 2);
    assert.match(stdout, new RegExp(`^${file}\n( +[01]\\.\\d{3} +\\d\n){3}$`.replaceAll('\n', '\\n')));
    assert.match(stderr, /empty\.png can't be used: .*\n1 of 2 images can't be used\.\n$/);
  });
});
