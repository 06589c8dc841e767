/** What a trainer does with a past that has changed, and with a run that cannot start. */
import assert from 'node:assert/strict';
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { outcome, reference, runFile, withRun } from '../support/tiny-run.ts';
import type { TrainerStore } from '../support/trainer-store.ts';

/** A run of 24 steps, killed at its end, with something done to its folder; what the next trainer says. */
const tamperedWith = (
  tamper: (folder: string, store: TrainerStore) => void,
  check: (
    life: Awaited<ReturnType<TrainerStore['live']>>,
    store: TrainerStore,
    before: { rows: unknown; files: string[] },
  ) => void | Promise<void>,
  text?: string,
) =>
  withRun(async (store, folder) => {
    await store.live({ kill: (message, { storedStep }) => message.type === 'commit' && storedStep >= 20 });
    tamper(folder, store);
    const before = { rows: [...store.rows], files: readdirSync(store.folder).sort() };
    await check(await store.live(text === undefined ? {} : { text }), store, before);
  });

const newest = (store: TrainerStore) => {
  const numbers = readdirSync(store.folder)
    .flatMap((name) => /^checkpoint-(\d+)\./.exec(name)?.[1] ?? [])
    .map(Number);
  return join(store.folder, `checkpoint-${Math.max(...numbers)}.safetensors`);
};

describe('a run whose past has changed', () => {
  it('is refused if one pixel of its data has changed, and nothing is lost', () =>
    tamperedWith(
      (folder) => {
        const file = join(folder, 'data', 'train-images-idx3-ubyte');
        const bytes = readFileSync(file);
        bytes[20] = (bytes[20] ?? 0) ^ 1;
        writeFileSync(file, bytes);
      },
      ({ failed, end }, store, before) => {
        assert.match(failed?.message ?? '', /images or labels have changed .*Restore them, or start a new run/);
        assert.equal(end, undefined);
        assert.deepEqual([store.rows, readdirSync(store.folder).sort()], [before.rows, before.files]);
      },
    ));

  it('is refused if its file has another rate', () =>
    tamperedWith(
      () => {},
      ({ failed }, store, before) => {
        assert.match(failed?.message ?? '', /belongs to another network, rate or seed/);
        assert.deepEqual(store.rows, before.rows);
      },
      runFile({ rate: 0.06 }),
    ));

  it('continues from the previous checkpoint if the newest is damaged, reports it, and ends with the same bits', () =>
    tamperedWith(
      (_, store) => writeFileSync(newest(store), readFileSync(newest(store)).subarray(0, 900)),
      async ({ end }, store) => {
        assert.equal(end?.state, 'finished');
        assert.equal(store.rewinds.at(-1), 16);
        assert.match(
          store.of('notice')[0]?.message ?? '',
          /checkpoint-20\.safetensors can't be used \(.*\); the run continues from the checkpoint of step 16/,
        );
        assert.deepEqual(outcome(store), await reference('onnx'));
      },
    ));

  it('is refused if all of its checkpoints are damaged: nothing restarts unasked, nothing is lost', () =>
    tamperedWith(
      (_, store) => {
        for (const name of readdirSync(store.folder))
          if (name.endsWith('.safetensors')) writeFileSync(join(store.folder, name), 'x');
      },
      ({ failed, end }, store, before) => {
        assert.match(
          failed?.message ?? '',
          /No checkpoint of this run can be read: .*checkpoint-20.*Train the file again/,
        );
        assert.equal(end, undefined);
        assert.deepEqual([store.rows, readdirSync(store.folder).sort()], [before.rows, before.files]);
      },
    ));

  it('continues from the store’s last step if a checkpoint is later', () =>
    tamperedWith(
      (_, store) => {
        copyFileSync(newest(store), join(store.folder, 'checkpoint-99.safetensors'));
        store.rows = store.rows.filter((event) => !('step' in event) || event.step <= 18);
      },
      async ({ end }, store) => {
        assert.equal(end?.state, 'finished');
        assert.equal(store.rewinds.at(-1), 16);
        assert.deepEqual(outcome(store), await reference('onnx'));
      },
    ));
});

describe('a run that cannot start', () => {
  it('reports the place in its file, or the problem of its data, and ends', () =>
    withRun(async (store) => {
      const wrong = await store.live({ text: runFile().replace('"input":[6,6,1]', '"input":[7,6,1]') });
      assert.match(
        wrong.failed?.message ?? '',
        /a\.rectiscope\.yaml:1:\d+: network\.input is \[7, 6, 1\], but the images are 6×6×1/,
      );
      const unreadable = await store.live({ text: 'network: {}' });
      assert.match(unreadable.failed?.message ?? '', /a\.rectiscope\.yaml:1:/);
      assert.deepEqual([wrong.code, unreadable.code, store.rows.length], [0, 0, 0]);
    }));
});
