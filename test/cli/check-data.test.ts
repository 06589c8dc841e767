/** `rectiscope check` looks at the data that a file names, and reads no more of it than it needs. */
import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { readIdx } from '../../server/data/idx.ts';
import { spawnCommand } from '../../server/system/processes.ts';
import { withFolder } from '../support/idx.ts';
import { noise, writePicture } from '../support/image-folders.ts';
import { smallRunFile as runFile, writeSmallData as writeData } from '../support/small-data.ts';

/** Findings of `check --json` by rule and severity, its first message, and its exit code. */
async function check(folder: string, content: string) {
  const file = join(folder, 'a.rectiscope.yaml');
  writeFileSync(file, content);
  const child = spawnCommand(['check', file, '--json']);
  const code = new Promise((resolve) => child.once('exit', resolve));
  const line = JSON.parse(await text(child.stdout));
  const findings: { rule: string; severity: string; line: number; message: string }[] = line.findings;
  return { code: await code, rules: findings.map(({ rule, severity }) => [rule, severity]), first: findings[0], line };
}

describe('check and the data', () => {
  it('counts classes and measures images as the network gets them', () =>
    withFolder(async (folder) => {
      writeData(folder);
      const sound = await check(folder, runFile());
      assert.deepEqual([sound.code, sound.rules], [0, [['class-imbalance', 'warning']]]);
      assert.match(sound.first?.message ?? '', /300 examples of class 1, 20 of class 2/);
      const raw = await check(folder, runFile({ normalize: 'none' }));
      assert.deepEqual(raw.rules, [
        ['input-not-normalized', 'information'],
        ['class-imbalance', 'warning'],
      ]);
      assert.equal(raw.first?.line, 2);
    }));

  it('reports on the line what does not fit or is missing; the network is still checked', () =>
    withFolder(async (folder) => {
      writeData(folder);
      for (const [change, severity, line, message] of [
        [{ units: 2 }, 'error', 6, /the data has 3 classes, the network 2 logits/],
        [{ input: '[5, 4, 1]' }, 'error', 4, /images are 4×4×1: write `input: \[4, 4, 1\]`/],
        [{ batch: 601 }, 'error', 7, /601, but there are 600 training examples/],
        [{ source: 'nowhere' }, 'error', 2, /the folder .* does not exist/],
      ] as const) {
        const result = await check(folder, runFile(change));
        assert.deepEqual([result.rules[0], result.first?.line, result.code], [['run-file', severity], line, 2]);
        assert.match(result.first?.message ?? '', message);
        assert.equal(result.line.layers.length, 1);
      }
    }));

  it('ends with 2 where `train` does: a folder of images with faults, told all at once', () =>
    withFolder(async (folder) => {
      const picture = noise(1, { height: 4, width: 4 });
      const config = runFile({ input: '[4, 4, 3]', batch: 1 });
      const data = join(folder, 'data');
      for (const [what, faults, prepare] of [
        ['an empty class', [/eel holds no image/], () => mkdirSync(join(data, 'train/eel'))],
        ['a class missing in val', [/`cat` is only in train\//], () => mkdirSync(join(data, 'val'))],
        [
          'both',
          [/eel holds no image/, /`cat` is only in train\//],
          () => {
            mkdirSync(join(data, 'train/eel'));
            mkdirSync(join(data, 'val/eel'), { recursive: true });
          },
        ],
        ['a flat folder', [/directly in it/], () => renameSync(join(data, 'train/cat/0.png'), join(data, '0.png'))],
        ['a broken link', [/leads? nowhere/], () => symlinkSync('none', join(data, 'train/cat/9.png'))],
      ] as const) {
        rmSync(data, { recursive: true, force: true });
        await writePicture(join(data, 'train/cat/0.png'), picture);
        prepare();
        if (what === 'a class missing in val') await writePicture(join(data, 'val/dog/0.png'), picture);
        if (what === 'both') await writePicture(join(data, 'val/dog/0.png'), picture);
        if (what === 'a flat folder') rmSync(join(data, 'train'), { recursive: true });
        const { code, first } = await check(folder, config);
        assert.equal(code, 2, what);
        for (const fault of faults) assert.match(first?.message ?? '', fault);
        assert.equal(first?.severity, 'error');
        const child = spawnCommand(['train', join(folder, 'a.rectiscope.yaml')], { home: join(folder, 'store') });
        assert.equal(await new Promise((resolve) => child.once('exit', resolve)), 2, `train, ${what}`);
      }
    }));

  it('reads the first images of a file, packed or not, and its whole shape', () =>
    withFolder(async (folder) => {
      writeData(folder);
      const path = join(folder, 'data', 'train-images-idx3-ubyte');
      const [all, some] = [await readIdx(path), await readIdx(path, { bytes: 5 * 16 })];
      assert.deepEqual(some.shape, all.shape);
      assert.deepEqual([...some.data], [...all.data.subarray(0, 5 * 16)]);
      assert.deepEqual((await readIdx(path, { bytes: 600 * 16 })).data, all.data);
      const bundled = join(import.meta.dirname, '../../data/fashion-mnist/train-images-idx3-ubyte.gz');
      const { shape, data } = await readIdx(bundled, { bytes: 3 * 784 + 100 });
      assert.deepEqual([shape, data.length], [[12800, 28, 28], 3 * 784]);
    }));
});
