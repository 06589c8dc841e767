/** A run that is killed again and again ends with the bits of one that never was. */

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import { backends } from '../support/engines.ts';
import { HANG_MS } from '../support/hang.ts';
import { uniforms } from '../support/random.ts';
import { got } from '../support/tensor.ts';
import { isStep, outcome, reference, runFile, STEPS, uninterrupted, withRun } from '../support/tiny-run.ts';
import type { Killer } from '../support/trainer-store.ts';

/** Ways to be killed once a step has been reached. */
const kills: Readonly<Record<string, (step: number, wait: number) => Killer>> = {
  'between two steps': (step, wait) => async (message) => {
    if (!isStep(message, step)) return false;
    await new Promise((resolve) => setTimeout(resolve, wait));
    return true;
  },
  // The checkpoint is written beside its place, and waits for the store.
  'inside a save': (step) => (message, store) => message.type === 'commit' && store.storedStep >= step - 4,
  // The store has everything; the checkpoint is being moved into its place.
  'at the end of a save': (step, wait) => (message, store) =>
    message.type === 'commit' && store.storedStep >= step - 4 && wait / 2,
  'while it starts': () => (message) => message.type === 'rewind',
};

for (const { backend, skip } of backends)
  describe(`a run on ${backend} that is killed ten times`, () => {
    it('has every step once and ends with the bits of an uninterrupted one', { skip, timeout: HANG_MS }, async () => {
      const expected = await reference(backend);
      assert.equal(expected.steps.length, STEPS);
      assert.ok(expected.findings.length + expected.probes.length > 10 && expected.evaluations.length === STEPS / 4);
      const seed = 77;
      const uniform = uniforms(seed);
      const names = Object.keys(kills);
      await withRun(async (store) => {
        const deaths: string[] = [];
        for (let life = 0; life < 10; life++) {
          const name = names[life % names.length] ?? '';
          const step = Math.min(STEPS - 2, store.storedStep + 1 + Math.floor(uniform() * 7));
          const { killed, failed } = await store.live({
            backend,
            kill: got(kills[name], name)(step, Math.floor(uniform() * 8)),
          });
          assert.equal(failed, undefined);
          assert.ok(killed, `life ${life} was to be killed ${name} of step ${step}`);
          deaths.push(`${name} at ${store.storedStep}`);
        }
        const { end } = await store.live({ backend });
        const context = `seed ${seed}: ${deaths.join(', ')}`;
        assert.equal(end?.state, 'finished', context);
        assert.deepEqual(outcome(store), expected, context);
        assert.ok(store.storedStep === STEPS && store.rewinds.some((to) => to > 0), context);
        assert.ok(readdirSync(store.folder).every((name) => !name.endsWith('.tmp')));
      });
    });
  });

describe('what is measured', () => {
  it('changes no weight: a run that is probed at every step ends with the bits of one that hardly is', async () => {
    const often = await uninterrupted('onnx', runFile({ probeEvery: '1 steps' }));
    const seldom = await uninterrupted('onnx', runFile({ probeEvery: '1000 steps' }));
    assert.deepEqual([often.probes.length, seldom.probes.length], [STEPS, 3]);
    assert.equal(often.weights, seldom.weights);
    assert.deepEqual(often.steps, seldom.steps);
    assert.equal(often.weights, (await reference('onnx')).weights);
  });
});

describe('a run that is stopped on request', () => {
  it('ends as stopped with a checkpoint of its last step, and continues as if it had not stopped', () =>
    withRun(async (store) => {
      let asked = false;
      const { end } = await store.live({
        onMessage: (message, send) => {
          if (asked || !isStep(message, 10)) return;
          asked = true;
          send({ type: 'stop' });
        },
      });
      assert.equal(end?.state, 'stopped');
      assert.ok(end.step >= 10 && end.step < STEPS);
      assert.equal(store.of('checkpoint').at(-1)?.step, end.step);
      assert.equal((await store.live()).end?.state, 'finished');
      assert.deepEqual(store.rewinds, [0, end.step]);
      assert.deepEqual(outcome(store), await reference('onnx'));
    }));
});

describe('a run that is finished', () => {
  it('can be made longer, and is then what it would have been from the start', () =>
    withRun(async (store) => {
      const first = await store.live({ text: runFile({ steps: 30 }) });
      assert.equal(first.end?.step, 30);
      // 14 steps more are 5.6 epochs of 2.5.
      const { end } = await store.live({ text: runFile({ steps: 30 }), extraEpochs: 5.6 });
      assert.deepEqual([end?.state, end?.step], ['finished', STEPS]);
      const expected = await reference('onnx');
      assert.equal(outcome(store).weights, expected.weights);
      assert.deepEqual(outcome(store).steps, expected.steps);
    }));
});
