/** A run that starts from a file: with exactly those weights, and never unnoticed with others. */

import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type Checkpoint, latestCheckpoint } from '../../server/checkpoint/checkpoint.ts';
import { weights } from '../../server/export/weights.ts';
import { encodeTensors } from '../../server/formats/safetensors.ts';
import { queuedRun } from '../export/exported-run.ts';
import { backends } from '../support/engines.ts';
import { HANG_MS } from '../support/hang.ts';
import { got } from '../support/tensor.ts';
import { outcome, runFile, uninterrupted, withRun } from '../support/tiny-run.ts';
import type { TrainerStore } from '../support/trainer-store.ts';

/** The tiny run, started from a file. */
function from(file: string, change: Parameters<typeof runFile>[0] = {}): string {
  const written = JSON.parse(runFile(change)) as { network: Record<string, unknown> };
  return JSON.stringify({ ...written, network: { ...written.network, init: { from: file } } });
}

async function lastCheckpoint(store: TrainerStore): Promise<Checkpoint> {
  const options = { upTo: store.storedStep, passedOver: (file: string) => assert.fail(file) };
  return got(await latestCheckpoint(store.folder, options), 'checkpoint');
}

/** The file that `rectiscope export RUN --weights FILE` writes of a run. */
async function exported(store: TrainerStore): Promise<Buffer> {
  const { file, state, weightsHash } = await lastCheckpoint(store);
  const checkpoint = { event: 'checkpoint', run: 'r', step: state.step, file, weights_hash: weightsHash } as const;
  const { files } = await weights.plan({ ...queuedRun(), checkpoint });
  return Buffer.concat(await got(files[0], 'file').make());
}

const parameters = ({ arrays }: Checkpoint) => [...arrays].filter(([name]) => !name.startsWith('velocity/'));

/** Weights of the tiny run that 12 steps have changed. */
const learnt = (backend: 'onnx' | 'tensorflow') =>
  withRun(
    async (store) => {
      const { failed } = await store.live({ backend });
      assert.equal(failed, undefined);
      return { file: await exported(store), parameters: parameters(await lastCheckpoint(store)) };
    },
    runFile({ steps: 12 }),
  );

for (const { backend, skip } of backends)
  describe(`a run on ${backend} that starts from the weights of another`, () => {
    it('starts with exactly those', { skip, timeout: HANG_MS }, async () => {
      const source = await learnt(backend);
      await withRun(
        async (store, folder) => {
          writeFileSync(join(folder, 'w.safetensors'), source.file);
          const { failed, end } = await store.live({ backend });
          assert.equal(failed, undefined);
          assert.equal(end?.state, 'finished');
          const checkpoint = await lastCheckpoint(store);
          // One step with a rate so small that it changes no number: the values stay as before.
          assert.deepEqual(parameters(checkpoint), source.parameters);
          const biases = source.parameters.filter(([name]) => /bias|slope/.test(name));
          assert.ok(biases.length > 4 && biases.every(([, { data }]) => data.some((value) => value !== 0)));
        },
        from('w.safetensors', { steps: 1, rate: 1e-12 }),
      );
    });
  });

describe('a run that starts from a file', () => {
  const start = async <T>(use: (store: TrainerStore, file: string) => Promise<T>, steps = 24) => {
    const { file: bytes } = await learnt('onnx');
    return withRun(
      async (store, folder) => {
        const file = join(folder, 'w.safetensors');
        writeFileSync(file, bytes);
        return use(store, file);
      },
      from('w.safetensors', { steps }),
    );
  };
  const killed = (store: TrainerStore) =>
    store.live({ backend: 'onnx', kill: (message) => message.type === 'commit' && store.storedStep >= 12 });

  it('continues without the file, and ends as if it had not been killed', async () => {
    const expected = await start(async (store) => {
      const { end } = await store.live({ backend: 'onnx' });
      assert.equal(end?.state, 'finished');
      return outcome(store);
    });
    await start(async (store, file) => {
      await killed(store);
      rmSync(file);
      const { end, failed } = await store.live({ backend: 'onnx' });
      assert.equal(failed, undefined);
      assert.equal(end?.state, 'finished');
      assert.deepEqual(outcome(store), expected);
    });
    const drawn = await uninterrupted('onnx', runFile({ steps: 24 }));
    assert.notDeepEqual(drawn.steps[0]?.loss, expected.steps[0]?.loss);
  });

  it('is refused on its line if the file has changed, and nothing is lost', () =>
    start(async (store, file) => {
      await killed(store);
      const rows = [...store.rows];
      const [name, array] = ['conv1.weight', { shape: [1], data: Float32Array.of(1) }];
      writeFileSync(file, Buffer.concat(encodeTensors({ arrays: new Map([[name, array]]), metadata: {} })));
      const { failed, end } = await store.live({ backend: 'onnx' });
      assert.match(
        failed?.message ?? '',
        /a\.rectiscope\.yaml:1:\d+: .*w\.safetensors has changed since this run started/,
      );
      assert.equal(end, undefined);
      assert.deepEqual(store.rows, rows);
    }));

  it('does not start if the file does not fit: all differences are listed, with the place', () =>
    start(async (store, file) => {
      const arrays = new Map([['conv1.weight', { shape: [3, 3, 1, 5], data: new Float32Array(45) }]]);
      writeFileSync(file, Buffer.concat(encodeTensors({ arrays, metadata: {} })));
      const { failed } = await store.live({ backend: 'onnx' });
      assert.match(
        failed?.message ?? '',
        /a\.rectiscope\.yaml:1:\d+: .*`conv1\.weight` is \[3, 3, 1, 5\] in the file and \[3, 3, 1, 4\] here; `conv2\.weight`.* is missing/,
      );
      rmSync(file);
      const again = await store.live({ backend: 'onnx' });
      assert.match(again.failed?.message ?? '', /a\.rectiscope\.yaml:1:\d+: .*there is no such file/);
    }));
});
