/** A disk that fills up, in the way of SQLite's tests: at the first operation, the second, and so on until a save succeeds. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { clearAfter } from '../../server/checkpoint/checkpoint.ts';
import type { Files } from '../../server/system/durable-files.ts';
import { assertIsStep, latest, save, steps } from '../support/checkpoints.ts';
import { withFolder } from '../support/idx.ts';
import { got } from '../support/tensor.ts';

/** Fails at its n-th primitive operation, as a full disk does; what was done before stays as it is. */
function failingAt(n: number): { files: Files; operations: () => number } {
  let operations = 0;
  const operate = (action: () => void) => {
    operations++;
    if (operations === n) throw new Error('no space left on device');
    action();
  };
  const files: Files = {
    async writeWhole(file, pieces, options) {
      const temporary = join(dirname(file), `.${basename(file)}.tmp`);
      operate(() => writeFileSync(temporary, ''));
      // Half a piece lands before the failure of the other half.
      for (const piece of pieces) {
        const half = Math.floor(piece.length / 2);
        for (const part of [piece.subarray(0, half), piece.subarray(half)])
          operate(() => writeFileSync(temporary, part, { flag: 'a' }));
      }
      await options?.beforeRename?.();
      operate(() => renameSync(temporary, file));
    },
    remove: async (file) => operate(() => rmSync(file)),
  };
  return { files, operations: () => operations };
}

describe('a save that fails at its n-th operation', () => {
  it('leaves an intact checkpoint, the previous or the new one, and the next save repairs everything', async () => {
    let n = 1;
    for (let isDone = false; !isDone; n++)
      await withFolder(async (folder) => {
        for (const step of [10, 20]) await save(folder, step);
        const { files, operations } = failingAt(n);
        const failed = await save(folder, 30, { files }).then(
          () => false,
          (error) => {
            assert.match(String(error), /no space left/);
            return true;
          },
        );
        isDone = !failed;
        const { checkpoint, passedOver } = await latest(folder);
        assert.deepEqual(passedOver, []);
        const { step } = got(checkpoint, 'checkpoint').state;
        assert.ok(step === 30 || (failed && step === 20), `operation ${n} leaves step ${step}`);
        assertIsStep(checkpoint, step);
        assert.ok(operations() >= n - 1);
        await clearAfter(folder, step);
        await save(folder, 40);
        assert.deepEqual(steps(folder), step === 30 ? [30, 40] : [20, 40]);
        assert.ok(!existsSync(join(folder, '.checkpoint-30.safetensors.tmp')));
      });
    // Header, its length, two arrays, each in halves; start, rename, one removal.
    assert.ok(n > 10, `${n - 1} operations`);
  });
});

describe('what lies under the name of a checkpoint and is none', () => {
  it('is passed over in words, and is in nobody’s way', () =>
    withFolder(async (folder) => {
      for (const step of [10, 20]) await save(folder, step);
      const at = (step: number) => join(folder, `checkpoint-${step}.safetensors`);
      mkdirSync(at(30));
      writeFileSync(join(at(30), 'mine'), 'somebody’s');
      mkdirSync(join(folder, '.checkpoint-50.safetensors.tmp'));
      writeFileSync(at(50), readFileSync(at(20)).subarray(0, 100));
      writeFileSync(at(60), '');
      writeFileSync(at(70), '');
      truncateSync(at(70), 2 ** 40);
      if (process.platform !== 'win32') execFileSync('mkfifo', [at(40)]);
      const { checkpoint, passedOver } = await latest(folder);
      assertIsStep(checkpoint, 20);
      const why = new Map(passedOver.map((line) => line.split(/: (.*)/s).slice(0, 2) as [string, string]));
      assert.equal(why.get('checkpoint-30.safetensors'), 'it is a folder, not a file');
      if (process.platform !== 'win32')
        assert.equal(why.get('checkpoint-40.safetensors'), 'it is a named pipe, not a file');
      assert.match(why.get('checkpoint-50.safetensors') ?? '', /^the file is cut off/);
      assert.match(why.get('checkpoint-60.safetensors') ?? '', /^the file is cut off/);
      assert.match(why.get('checkpoint-70.safetensors') ?? '', /^it has 1,048,576 MB/);
      await clearAfter(folder, 20);
      // A folder is somebody's: it is there under another name.
      assert.equal(readFileSync(join(`${at(30)}.aside`, 'mine'), 'utf8'), 'somebody’s');
      assert.deepEqual(steps(folder), [10, 20]);
      mkdirSync(at(15));
      for (const step of [30, 40]) await save(folder, step);
      assert.deepEqual(steps(folder), [15, 30, 40], 'a folder counts for no checkpoint, and is left');
      assert.ok(readdirSync(folder).includes('.checkpoint-50.safetensors.tmp.aside'));
    }));
});
