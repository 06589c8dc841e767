import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { Runs } from '../../server/protocol/requests.ts';
import { Log } from '../../server/supervisor/log.ts';
import { Recorder } from '../../server/supervisor/recorder.ts';
import type { Operation } from '../../server/supervisor/store/operations.ts';
import { type Applied, RunStore } from '../../server/supervisor/store/store.ts';
import { systemClock } from '../../server/system/clock.ts';
import { lossesUpTo } from '../fixtures/trainers/weights.ts';
import { smallDisk } from '../support/small-disk.ts';
import {
  column,
  connect,
  later,
  runFile,
  show,
  temporaryFolder,
  train,
  until,
  untilEnd,
} from '../support/training-server.ts';

interface Bench {
  store: RunStore;
  recorder: Recorder;
  run: string;
  applied: Applied[];
  refused: Operation[];
  /** Step event of the run. */
  step: (at: number) => Operation;
}

/** A recorder over a real store; `failing` wraps what writes. */
async function bench(t: TestContext, wrap = (store: RunStore): RunStore => store): Promise<Bench> {
  const folder = temporaryFolder(t);
  const store = await RunStore.open(folder, systemClock);
  later(t, () => store.close());
  const { run } = store.create('a', { file: '/a', text: runFile('a'), overrides: [], backend: 'auto', device: 'auto' });
  const applied: Applied[] = [];
  const refused: Operation[] = [];
  const recorder = new Recorder({
    store: wrap(store),
    log: new Log(join(folder, 'log'), systemClock),
    onApplied: (one) => applied.push(one),
    onRefused: (operation) => refused.push(operation),
    onTrouble: () => undefined,
  });
  const step = (at: number): Operation => ({
    kind: 'event',
    run,
    origin: 'trainer',
    event: { event: 'step', run, step: at, epoch: 0, loss: 1, top1: 1, learning_rate: 1, step_ms: 1 },
  });
  return { store, recorder, run, applied, refused, step };
}

const sequences = (applied: Applied[]): number[] =>
  applied.flatMap(({ deltas }) => deltas.map(({ sequence }) => sequence));

describe('the recorder', () => {
  it('collects changes within a moment into one transaction, in order', async (t) => {
    const { recorder, applied, step, store, run } = await bench(t);
    for (let i = 1; i <= 50; i++) recorder.record(step(i));
    assert.equal(applied.length, 0);
    await until(() => applied.length > 0, 'the moment passes');
    assert.equal(applied.length, 1);
    assert.deepEqual(
      sequences(applied),
      Array.from({ length: 50 }, (_, i) => i + 2),
    );
    recorder.record(step(51));
    await recorder.commit();
    assert.equal(store.summary(run).step, 51);
  });

  it('leaves out invalid changes, writes the rest, and reports which', async (t) => {
    const { recorder, refused, step, store, run } = await bench(t);
    recorder.record(step(1), step(2), step(2), step(3), { kind: 'rewind', run: 'r-unknown', step: 1 }, step(4));
    await recorder.commit();
    assert.deepEqual(column(store.snapshot(run).steps.step), [1, 2, 3, 4]);
    assert.deepEqual(
      refused.map(({ kind }) => kind),
      ['event', 'rewind'],
    );
  });

  it('loses nothing while the disk is full: who waits for a commit waits, then all is there', async (t) => {
    let full = false;
    const failing = (store: RunStore): RunStore =>
      Object.create(store, {
        apply: {
          value: (operations: Operation[]) => {
            // What node:sqlite throws for SQLITE_FULL.
            if (full) throw Object.assign(new Error('database or disk is full'), { errcode: 13 });
            return store.apply(operations);
          },
        },
      }) as RunStore;
    const { recorder, step, store, run, applied } = await bench(t, failing);
    await recorder.commit(step(1));
    full = true;
    let committed = false;
    const commit = recorder.commit(step(2)).then(() => {
      committed = true;
    });
    recorder.record(step(3));
    recorder.write();
    assert.match(recorder.trouble ?? '', /Waiting to write the run store: database or disk is full/);
    assert.equal(committed, false);
    assert.equal(store.summary(run).step, 1);
    full = false;
    await commit;
    assert.equal(recorder.trouble, undefined);
    assert.deepEqual(column(store.snapshot(run).steps.step), [1, 2, 3]);
    assert.deepEqual(sequences(applied), [2, 3, 4]);
  });

  it('waits on a disk that is really full, and the run ends as undisturbed', async (t) => {
    const disk = smallDisk(t, 12);
    if (!disk) return;
    const { folder } = disk;
    const client = await connect(t, folder);
    const { run } = await train(client, 'steps=600 save=40 pause=2');
    await until(async () => (await show(client, run)).summary.step >= 60, 'it trains');
    disk.fill();
    await until(async () => {
      const [summary] = await client.request(Runs);
      return /Free space on the disk/.test(summary?.message ?? '');
    }, 'it says that it waits');
    disk.free();
    assert.equal((await untilEnd(client, run)).state, 'finished');
    const snapshot = await show(client, run);
    assert.deepEqual(column(snapshot.steps.loss), lossesUpTo(600));
  });
});
