import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { durableFiles, type Files } from '../../server/durable-files.ts';
import {
  type Checkpoint,
  type CheckpointState,
  clearAfter,
  latestCheckpoint,
  readCheckpoint,
  saveCheckpoint,
} from '../../server/trainer/checkpoint/checkpoint.ts';
import { withFolder } from '../support/idx.ts';
import { got } from '../support/tensor.ts';

const stateAt = (step: number, best?: number): CheckpointState => ({
  step,
  configHash: 'c',
  dataHash: 'd',
  engine: { backend: 'onnx', device: 'cpu', parts: 2, threads: 2, library: 'onnxruntime 1' },
  seconds: step / 3,
  ...(best !== undefined && { best: { top1: 12.5, step: best } }),
  rules: { history: { losses: [0.1, 1e-300] }, spoken: [] },
});

const variablesAt = (step: number) =>
  new Map([
    ['conv1.weight', { shape: [3, 3, 1, 2], data: Float32Array.from({ length: 18 }, (_, i) => step + i / 7) }],
    ['velocity/conv1.weight', { shape: [3, 3, 1, 2], data: Float32Array.from({ length: 18 }, (_, i) => -step * i) }],
  ]);

interface SaveOptions {
  readonly best?: number;
  readonly files?: Files;
  readonly committed?: () => Promise<void>;
}

const save = (folder: string, step: number, { best, files, committed = async () => {} }: SaveOptions = {}) =>
  saveCheckpoint({
    folder,
    variables: variablesAt(step),
    state: stateAt(step, best),
    committed,
    ...(files && { files }),
  });

const steps = (folder: string) =>
  readdirSync(folder)
    .flatMap((name) => /^checkpoint-(\d+)\.safetensors$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);

const latest = async (folder: string, upTo = Number.POSITIVE_INFINITY) => {
  const passedOver: string[] = [];
  const checkpoint = await latestCheckpoint(folder, {
    upTo,
    passedOver: (file, why) => passedOver.push(`${basename(file)}: ${why}`),
  });
  return { checkpoint, passedOver };
};

/** What a checkpoint holds, to the bit, wherever it lies. */
const contentOf = ({ state, arrays, weightsHash }: Checkpoint) => ({ state, arrays, weightsHash });

function assertIsStep(checkpoint: Checkpoint | undefined, step: number): void {
  const { state, arrays } = got(checkpoint, `checkpoint of step ${step}`);
  assert.equal(state.step, step);
  assert.deepEqual(arrays, variablesAt(step));
}

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

  it('is written over where the same step is saved again', () =>
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

describe('the checkpoint to go on from', () => {
  it('is the newest up to the step that the store knows', () =>
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

  it('is the one before where the newest is cut off anywhere, and that is told', () =>
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

  it('is the one before where any byte of the newest has changed, or nothing has changed by it', () =>
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

  it('is the one before where the newest is empty, zeros, or of another format', () =>
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

  it('is none where all are damaged, and each is told', () =>
    withFolder(async (folder) => {
      for (const step of [10, 20]) writeFileSync((await save(folder, step)).file, 'x');
      const { checkpoint, passedOver } = await latest(folder);
      assert.equal(checkpoint, undefined);
      assert.equal(passedOver.length, 2);
    }));
});

describe('before a run goes on', () => {
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

/** Fails at its n-th primitive operation, as a full disk does; what was done before stays as it is. */
function failingAt(n: number): { files: Files; operations: () => number } {
  let operations = 0;
  const operate = (action: () => void) => {
    operations++;
    if (operations === n) throw new Error('no space left on device');
    action();
  };
  const files: Files = {
    async writeWhole(file, pieces, beforeRename) {
      const temporary = join(dirname(file), `.${basename(file)}.tmp`);
      operate(() => writeFileSync(temporary, ''));
      // Half a piece lands before the failure of the other half.
      for (const piece of pieces) {
        const half = Math.floor(piece.length / 2);
        for (const part of [piece.subarray(0, half), piece.subarray(half)])
          operate(() => writeFileSync(temporary, part, { flag: 'a' }));
      }
      await beforeRename?.();
      operate(() => renameSync(temporary, file));
    },
    remove: async (file) => operate(() => rmSync(file)),
  };
  return { files, operations: () => operations };
}

describe('a save that fails at its n-th operation', () => {
  it('leaves a whole checkpoint, the one before or the new one, and the next save mends all', async () => {
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
