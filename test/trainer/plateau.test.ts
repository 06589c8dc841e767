/** A run whose rate depends on its evaluations: killed or not, the same bits. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isStep, outcome, runFile, STEPS, uninterrupted, withRun } from '../support/tiny-run.ts';

const text = runFile({ afterWarmup: { plateau: { factor: 0.5, patience: '4 steps' } } });

describe('a run with the schedule plateau', () => {
  it('drops the rate, reports it, and ends with the same bits if it is killed around the drops', async () => {
    const expected = await uninterrupted('onnx', text);
    const rates = expected.steps.map(({ learning_rate: rate }) => rate);
    const dropsAt = rates.flatMap((rate, i) => (i > 0 && rate < (rates[i - 1] ?? 0) ? [i + 1] : []));
    assert.ok(dropsAt.length >= 2, `rates ${rates.join(' ')}`);
    await withRun(async (store) => {
      for (const at of dropsAt.slice(0, 3)) {
        const { failed } = await store.live({ backend: 'onnx', kill: async (message) => isStep(message, at) });
        assert.equal(failed, undefined);
      }
      const { end } = await store.live({ backend: 'onnx' });
      assert.equal(end?.state, 'finished');
      assert.equal(store.storedStep, STEPS);
      assert.deepEqual(outcome(store), expected);
      // A drop at the last evaluation concerns only a run that is extended: no step of this one shows it.
      const said = store
        .of('notice')
        .filter(({ step, message }) => step < STEPS && message.includes('stopped falling'));
      assert.deepEqual(
        said.map(({ step }) => step + 1),
        dropsAt,
      );
    }, text);
  });

  it('is refused on its line if patience ends before the next evaluation', () =>
    withRun(
      async (store) => {
        const { failed } = await store.live({ backend: 'onnx' });
        assert.match(failed?.message ?? '', /:1:\d+: `patience` is 3 steps, but evaluations are 4 steps apart/);
      },
      runFile({ afterWarmup: { plateau: { factor: 0.5, patience: '1 epochs' } } }),
    ));
});
