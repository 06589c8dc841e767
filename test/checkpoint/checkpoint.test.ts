import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Checkpoint, clearAfter, readCheckpoint } from '../../server/checkpoint/checkpoint.ts';
import { durableFiles, type Files } from '../../server/system/durable-files.ts';
import { assertIsStep, latest, save, stateAt, steps, variablesAt } from '../support/checkpoints.ts';
import { withFolder } from '../support/idx.ts';
import { got } from '../support/tensor.ts';

/** What a checkpoint holds, to the bit, wherever it lies. */
const contentOf = ({ state, arrays, weightsHash }: Checkpoint) => ({ state, arrays, weightsHash });

describe('a checkpoint', () => {
  it('holds counters and arrays to the bit, and its hash is that of the arrays’ bytes in order', () =>
    withFolder(async (folder) => {
      const { file, weightsHash } = await save(folder, 7, { best: 5 });
      assert.equal(basename(file), 'checkpoint-7.safetensors');
      const checkpoint = await readCheckpoint(file);
      assert.deepEqual(contentOf(checkpoint), { state: stateAt(7, 5), arrays: variablesAt(7), weightsHash });
      const hash = createHash('sha256');
      for (const { data } of variablesAt(7).values()) hash.update(new Uint8Array(data.buffer));
      assert.equal(weightsHash, hash.digest('hex'));
    }));

  it('of version 0.1.0, which wrote no kinds, opens: parameters, and what SGD keeps of them', async () => {
    const file = fileURLToPath(new URL('../fixtures/checkpoints/checkpoint-7.safetensors', import.meta.url));
    const { state, arrays } = await readCheckpoint(file);
    assert.deepEqual({ state, arrays }, { state: stateAt(7), arrays: variablesAt(7) });
  });

  it('is kept with the one before it, and the best', () =>
    withFolder(async (folder) => {
      for (const step of [10, 20, 30]) await save(folder, step);
      assert.deepEqual(steps(folder), [20, 30]);
      await save(folder, 40, { best: 20 });
      assert.deepEqual(steps(folder), [20, 30, 40]);
      await save(folder, 50, { best: 20 });
      assert.deepEqual(steps(folder), [20, 40, 50]);
      // A better one: the former best is one of the old ones.
      await save(folder, 60, { best: 60 });
      assert.deepEqual(steps(folder), [50, 60]);
    }));

  it('is written over if the same step is saved again', () =>
    withFolder(async (folder) => {
      await save(folder, 10);
      await save(folder, 10, { best: 10 });
      assert.deepEqual(steps(folder), [10]);
      assert.equal((await latest(folder)).checkpoint?.state.best?.step, 10);
    }));

  it('appears only when the store has its past, and not at all if that fails', () =>
    withFolder(async (folder) => {
      await save(folder, 10);
      let seen: number[] = [];
      await save(folder, 20, {
        committed: async () => {
          seen = steps(folder);
        },
      });
      assert.deepEqual(seen, [10]);
      await assert.rejects(
        save(folder, 30, { committed: () => Promise.reject(new Error('the disk is full')) }),
        /disk is full/,
      );
      assert.deepEqual(steps(folder), [10, 20]);
      assertIsStep((await latest(folder)).checkpoint, 20);
    }));

  it('is deleted only once the new one is in place', () =>
    withFolder(async (folder) => {
      await save(folder, 10);
      await save(folder, 20);
      const order: string[] = [];
      const files: Files = {
        writeWhole: async (...parameters) => {
          await durableFiles.writeWhole(...parameters);
          order.push(`written ${basename(parameters[0])}`);
        },
        remove: async (file) => {
          order.push(`removed ${basename(file)}, beside ${steps(folder)}`);
          await durableFiles.remove(file);
        },
      };
      await save(folder, 30, { files });
      assert.deepEqual(order, [
        'written checkpoint-30.safetensors',
        'removed checkpoint-10.safetensors, beside 10,20,30',
      ]);
    }));
});

describe('the checkpoint to continue from', () => {
  it('is the newest up to the store’s last step', () =>
    withFolder(async (folder) => {
      assert.equal((await latest(folder)).checkpoint, undefined);
      await save(folder, 9);
      // By number, not by name: 10 comes after 9.
      await save(folder, 10);
      assertIsStep((await latest(folder)).checkpoint, 10);
      assertIsStep((await latest(folder, 10)).checkpoint, 10);
      assertIsStep((await latest(folder, 9)).checkpoint, 9);
      assert.deepEqual(await latest(folder, 8), { checkpoint: undefined, passedOver: [] });
    }));

  it('is the previous one if the newest is truncated anywhere, and that is reported', () =>
    withFolder(async (folder) => {
      await save(folder, 10);
      const { file } = await save(folder, 20);
      const whole = readFileSync(file);
      for (let length = 0; length < whole.length; length += 7) {
        writeFileSync(file, whole.subarray(0, length));
        const { checkpoint, passedOver } = await latest(folder);
        assertIsStep(checkpoint, 10);
        assert.equal(passedOver.length, 1);
        assert.match(passedOver[0] ?? '', /^checkpoint-20\.safetensors: ./);
      }
    }));

  it('is the previous one if any byte of the newest has changed, unless the change has no effect', () =>
    withFolder(async (folder) => {
      await save(folder, 10);
      const { file } = await save(folder, 20);
      const whole = readFileSync(file);
      const expected = contentOf(await readCheckpoint(file));
      let passed = 0;
      for (let at = 0; at < whole.length; at++) {
        const changed = Buffer.from(whole);
        changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
        writeFileSync(file, changed);
        const { checkpoint, passedOver } = await latest(folder);
        if (passedOver.length === 0) assert.deepEqual(contentOf(got(checkpoint, 'checkpoint')), expected, `byte ${at}`);
        else assertIsStep(checkpoint, 10);
        passed += passedOver.length;
      }
      // Blanks behind the header may change into other blanks: little else.
      assert.ok(passed > whole.length - 16, `${passed} of ${whole.length} bytes matter`);
    }));

  it('is the previous one if the newest is empty, zeros, or of another format', () =>
    withFolder(async (folder) => {
      await save(folder, 10);
      const { file } = await save(folder, 20);
      const whole = readFileSync(file);
      for (const bytes of [
        Buffer.alloc(0),
        Buffer.alloc(whole.length),
        Buffer.from(whole.toString('latin1').replace('"rectiscope":"1"', '"rectiscope":"2"'), 'latin1'),
      ]) {
        writeFileSync(file, bytes);
        const { checkpoint, passedOver } = await latest(folder);
        assertIsStep(checkpoint, 10);
        assert.equal(passedOver.length, 1);
      }
      assert.match((await latest(folder)).passedOver[0] ?? '', /format is 2, not 1/);
    }));

  it('is none if all are damaged, and each is reported', () =>
    withFolder(async (folder) => {
      for (const step of [10, 20]) writeFileSync((await save(folder, step)).file, 'x');
      const { checkpoint, passedOver } = await latest(folder);
      assert.equal(checkpoint, undefined);
      assert.equal(passedOver.length, 2);
    }));
});

describe('before a run continues', () => {
  it('what a kill left half done and what belongs to a lost future goes, and nothing else', () =>
    withFolder(async (folder) => {
      for (const step of [10, 20]) await save(folder, step);
      writeFileSync(join(folder, '.checkpoint-30.safetensors.tmp'), 'half');
      writeFileSync(join(folder, 'trainer.log'), 'words');
      await clearAfter(folder, 10);
      assert.deepEqual(readdirSync(folder).sort(), ['checkpoint-10.safetensors', 'trainer.log']);
      await clearAfter(folder, 0);
      assert.deepEqual(readdirSync(folder), ['trainer.log']);
    }));
});
