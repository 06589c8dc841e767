/** Runs that a rule ends: killed at that very moment, resumed by their user, and with weights that are not finite any longer. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { readCheckpoint } from '../../server/checkpoint/checkpoint.ts';
import { got } from '../support/tensor.ts';
import { outcome, runFile, withRun } from '../support/tiny-run.ts';
import type { Killer } from '../support/trainer-store.ts';

/** The tiny run, with rules that end it. */
function endedBy(rule: 'stalled' | 'diverged', change: Parameters<typeof runFile>[0]): string {
  const file = JSON.parse(runFile(change));
  return JSON.stringify({ ...file, diagnose: { ...file.diagnose, stop_on: [rule] } });
}

// A rate that moves nothing: stalled as soon as 3,000 examples were seen after the warm-up.
const STALLING = endedBy('stalled', { rate: 1e-9, steps: 240 });

const beforeItTellsItsEnd: Killer = (message) =>
  message.type === 'events' && message.events.some(({ event }) => event === 'end');

describe('a run that a rule ends', () => {
  it('ends the same way if it is killed between its last checkpoint and its end', async () => {
    const whole = await withRun(async (store) => {
      const { end } = await store.live();
      return { end, outcome: outcome(store) };
    }, STALLING);
    assert.equal(whole.end?.state, 'stalled');
    await withRun(async (store) => {
      assert.ok((await store.live({ kill: beforeItTellsItsEnd })).killed);
      assert.ok(existsSync(join(store.folder, `checkpoint-${whole.end?.step}.safetensors`)));
      const { end } = await store.live();
      const { seconds: _, message, ...told } = got(end, 'end');
      const { seconds: __, message: ___, ...expected } = got(whole.end, 'end');
      assert.deepEqual(told, expected);
      assert.match(message ?? '', /^Stopped by stalled/);
      assert.deepEqual(outcome(store), whole.outcome);
    }, STALLING);
  });

  it('continues if its user resumes it', () =>
    withRun(async (store) => {
      const { end } = await store.live();
      assert.equal(end?.state, 'stalled');
      const resumed = await store.live({ endedStep: got(end, 'end').step });
      // To its end; what became of it is still that it never learnt.
      assert.deepEqual([resumed.end?.state, resumed.end?.step], ['stalled', 240]);
    }, STALLING));

  it('is stalled at its end where nothing stopped it: a run that never learnt has not simply finished', () =>
    withRun(
      async (store) => {
        const { end } = await store.live();
        assert.deepEqual([end?.state, end?.step, end?.message], ['stalled', 80, undefined]);
        const found = store.of('finding').find(({ rule }) => rule === 'stalled');
        assert.equal(found?.step, 80);
      },
      endedBy('diverged', { rate: 1e-9, steps: 80 }),
    ));
});

describe('a run that diverges', () => {
  // The rate makes NaN of all weights within the first steps; every step is evaluated and saved.
  const text = (rule: 'stalled' | 'diverged') =>
    JSON.stringify({ ...JSON.parse(endedBy(rule, { rate: 1000, steps: 12 })), evaluate: { every: '1 steps' } });

  for (const rule of ['diverged', 'stalled'] as const)
    it(`keeps no checkpoint of weights that are not finite, ${rule === 'diverged' ? 'ended by the rule' : 'also if it continues training'}`, () =>
      withRun(async (store) => {
        const { end, failed } = await store.live();
        assert.equal(failed, undefined);
        assert.equal(end?.state, 'diverged');
        // Validation may be the first to show it: every step is evaluated.
        const losses = [...store.of('step'), ...store.of('evaluation')].map(({ loss }) => Number(loss));
        assert.ok(losses.some((loss) => !Number.isFinite(loss)));
        for (const { file } of store.of('checkpoint'))
          for (const { data } of (await readCheckpoint(file)).arrays.values())
            assert.ok(data.every(Number.isFinite), file);
      }, text(rule)));
});
