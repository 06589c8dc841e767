/** Replicas share a batch and compute what one does. */

import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { describe, it } from 'node:test';
import { busyCores } from '../../server/engines/choose.ts';
import { backends } from '../support/engines.ts';
import { HANG_MS } from '../support/hang.ts';
import { outcome, runFile, withRun } from '../support/tiny-run.ts';

const STEPS = 8;

describe('the cores that replicas keep busy', () => {
  for (const [parts, cores, busy] of [
    [1, 1, 1],
    [1, 8, 8],
    [2, 2, 2],
    [3, 2, 2],
    [64, 2, 2],
    [3, 8, 6],
    [5, 8, 5],
  ] as const)
    it(`${parts} on a machine of ${cores}: ${busy}`, () => {
      assert.equal(busyCores({ parts, cores }), busy);
      // A checkpoint keeps the number: continuing with it gives a part as many threads as before.
      assert.equal(busyCores({ parts, cores: busy }), busy);
    });
});

for (const { backend, skip } of backends)
  describe(`replicas on ${backend}`, () => {
    it('of uneven shares train as one does, dropout included', { skip, timeout: HANG_MS }, async () => {
      const run = (replicas: number) =>
        withRun(
          async (store) => {
            const { end, failed } = await store.live({ backend });
            assert.equal(failed, undefined);
            assert.equal(end?.state, 'finished');
            const cores = availableParallelism();
            assert.deepEqual(
              store.of('started').map(({ parts, threads }) => [parts, threads]),
              [[replicas, busyCores({ parts: replicas, cores })]],
            );
            return outcome(store);
          },
          runFile({ steps: STEPS, replicas }),
        );
      const one = await run(1);
      const three = await run(3);
      assert.equal(one.steps.length, STEPS);
      // Sums of sixteen examples in another order: a few units of the 24-bit mantissa, grown over eight steps.
      for (const [i, { loss }] of one.steps.entries())
        assert.ok(Math.abs(Number(loss) - Number(three.steps[i]?.loss)) < 1e-5, `step ${i + 1}`);
      for (const [i, { layers }] of one.probes.entries())
        for (const [l, layer] of layers.entries()) {
          const other = three.probes[i]?.layers[l];
          for (const key of ['gradient_norm', 'weight_norm', 'update_ratio'] as const)
            assert.ok(Math.abs(Number(layer[key]) / Number(other?.[key]) - 1) < 1e-5, `${layer.name} ${key}`);
        }
    });
  });
