/** `rectiscope look` from outside: the images that a run is fed, as a picture and as numbers. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { openDataset } from '../../server/data/open.ts';
import { readRunFile } from '../../server/run-file/read.ts';
import { writeSplit } from '../support/idx.ts';
import { writeFolder } from '../support/image-folders.ts';
import { smallRunFile, writeSmallData } from '../support/small-data.ts';

const program = fileURLToPath(new URL('../../server/cli.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'rectiscope-looked-at-'));
const home = join(folder, 'home');

async function look(name: string, content: string | undefined, ...options: string[]) {
  const file = `${name}.rectiscope.yaml`;
  if (content !== undefined) writeFileSync(join(folder, file), content);
  const env = { ...process.env, RECTISCOPE_HOME: home, TMPDIR: folder, NO_COLOR: '1' };
  const child = spawn(process.execPath, [program, 'look', file, ...options], { cwd: folder, env, stdio: 'pipe' });
  const exit = once(child, 'exit') as Promise<[number | null]>;
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
  return { code, stdout, stderr, line: () => JSON.parse(stdout) };
}

const photographs = (augment: string) => `version: 1
seed: 2
data: {source: photos, augment: ${augment}}
network: {input: [12, 12, 3], layers: [dense: {units: 2}]}
train: {batch_size: 4, steps: 2, learning_rate: 0.01}
`;

before(async () => {
  writeSmallData(folder);
  await writeFolder(join(folder, 'photos'), { train: 6, val: 3 });
});
after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

describe('rectiscope look', () => {
  it('shows the batch of step 1 and its numbers, which are those that the run is fed', async () => {
    const own = smallRunFile();
    const { code, stderr, line } = await look('small', own, '--output', 'small.png', '--json');
    assert.equal(code, 0, stderr);
    const { statistics, black, white, labels, picture, classes, ...rest } = line();
    assert.deepEqual(
      { ...rest, captioned: true },
      {
        event: 'look',
        file: 'small.rectiscope.yaml',
        split: 'train',
        images: 16,
        shape: [4, 4, 1],
        transformations: ['normalize: standardize'],
        captioned: true,
      },
    );
    const { config } = readRunFile(own, { fileName: 'small', folder });
    assert.ok(config?.data);
    const dataset = await openDataset(config.data, { seed: config.seed, input: [4, 4, 1], classes: 3, batchSize: 16 });
    const fed = { images: new Float32Array(16 * 16), labels: new Int32Array(16) };
    await dataset.trainBatch(1, fed.images, fed.labels);
    assert.deepEqual(labels, Array.from(fed.labels, String));
    const mean = fed.images.reduce((sum, value) => sum + value, 0) / 256;
    const [{ mean: shown, least, greatest }] = statistics;
    // Sums of 256 numbers of size 1 in double precision, in the same order.
    assert.ok(Math.abs(shown - mean) < 1e-12);
    assert.deepEqual([least, greatest], [Math.min(...fed.images), Math.max(...fed.images)]);
    assert.deepEqual([black, white], [least, greatest]);
    assert.equal(
      classes.reduce((sum: number, { images }: { images: number }) => sum + images, 0),
      16,
    );
    assert.equal((await sharp(readFileSync(picture)).metadata()).format, 'png');
    assert.ok(!existsSync(home), 'no store was made');
  });

  it('changes training images as the run does, and those of testing as testing does', async () => {
    const own = photographs('{resize: [13, 16], crop: 12, flip: true, color: pca}');
    const train = await look('photos', own, '--json', '--count', '6');
    assert.equal(train.code, 0, train.stderr);
    const { transformations, images, picture } = train.line();
    assert.deepEqual(transformations, [
      'resize: shorter side 13 to 16',
      'crop: 12, at random',
      'flip: half of them',
      'color: pca',
      'normalize: standardize',
    ]);
    assert.equal(images, 6, 'four of step 1 and two of step 2');
    assert.match(picture, /photos-train\.png$/);
    assert.equal(dirname(dirname(picture)), folder, 'in a new folder for temporary files');
    const again = await look('photos', undefined, '--json', '--count', '6');
    assert.deepEqual(again.line().statistics, train.line().statistics);
    const val = await look('photos', undefined, '--split', 'val', '--json', '--count', '100');
    assert.deepEqual(val.line().transformations, [
      'resize: shorter side 15',
      'crop: 12, the centre',
      'normalize: standardize',
    ]);
    assert.deepEqual(val.line().labels, ['cat', 'cat', 'cat', 'dog', 'dog', 'dog']);
  });

  it('prints where the picture is, the numbers and the classes', async () => {
    const { code, stdout } = await look('small', smallRunFile(), '--output', 'printed.png');
    assert.equal(code, 0);
    assert.match(stdout, /printed\.png\n16 images of train, 4 × 4 × 1; normalize: standardize\n/);
    assert.match(stdout, /^channel +mean +deviation +least +greatest +not finite$/m);
    assert.match(stdout, /^class +images$/m);
  });

  it('shows numbers that are taken as they are, and counts those that are none', async () => {
    mkdirSync(join(folder, 'float'));
    const images = Array.from({ length: 20 * 16 }, (_, i) => (i % 16 === 3 ? Number.NaN : Math.sin(i)));
    const labels = Array.from({ length: 20 }, (_, i) => i % 3);
    for (const name of ['train', 't10k'] as const)
      writeSplit(join(folder, 'float'), name, { type: 'float32', shape: [20, 4, 4], images, labels });
    const { code, stderr, line } = await look('float', smallRunFile({ source: 'float', normalize: 'none' }), '--json');
    assert.equal(code, 0, stderr);
    const [{ not_finite, least, greatest }] = line().statistics;
    assert.equal(not_finite, 16);
    assert.ok(least >= -1 && least < -0.9 && greatest <= 1 && greatest > 0.9);
  });

  it('lists the labels where the system has no fonts', { skip: process.platform !== 'linux' }, async () => {
    const config = join(folder, 'fonts.conf');
    writeFileSync(
      config,
      `<?xml version="1.0"?><fontconfig><dir>${folder}/none</dir><cachedir>${folder}/cache</cachedir></fontconfig>`,
    );
    const before = process.env['FONTCONFIG_FILE'];
    process.env['FONTCONFIG_FILE'] = config;
    try {
      const { stdout } = await look('small', smallRunFile(), '--output', 'bare.png', '--count', '3');
      assert.match(stdout, /no fonts, so the picture has no text\. Its images, row by row:\n1 \d, 2 \d, 3 \d\n$/);
    } finally {
      if (before === undefined) delete process.env['FONTCONFIG_FILE'];
      else process.env['FONTCONFIG_FILE'] = before;
    }
  });

  it('refuses mistakes, missing data and places where no picture can go', async () => {
    const bad = await look('bad', smallRunFile({ batch: -1 }));
    assert.deepEqual([bad.code, /^bad\.rectiscope\.yaml:7:\d+: /.test(bad.stderr)], [2, true], bad.stderr);
    const lost = await look('lost', smallRunFile({ source: 'nowhere' }));
    assert.equal(lost.code, 2);
    assert.match(lost.stderr, /^lost\.rectiscope\.yaml:2:\d+: .*the folder .* does not exist/);
    assert.equal((await look('nobody', undefined)).code, 2);
    const small = smallRunFile();
    for (const [output, why] of [
      ['small.jpg', /ends in `\.png`/],
      ['nowhere/small.png', /there is no folder/],
      ['folder.png', /no regular file/],
    ] as const) {
      if (output === 'folder.png') mkdirSync(join(folder, output));
      const { code, stderr } = await look('small', small, '--output', output);
      assert.equal(code, 2);
      assert.match(stderr, why);
    }
    for (const count of ['0', '401', 'x', '1.5']) assert.equal((await look('small', small, '--count', count)).code, 2);
    assert.equal((await look('small', small, '--split', 'test')).code, 2);
  });
});
