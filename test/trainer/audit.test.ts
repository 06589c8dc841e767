/** The prediction audited: a run predicts what its first probe will measure, for every `normalize`. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { auditPrediction } from '../../server/domain/propagation/audit.ts';
import { auditOf, deviationRange } from '../../server/figures/audit.ts';
import { applyEvent, runDataFrom } from '../../server/figures/run-data.ts';
import { fromScalar } from '../../server/protocol/scalar.ts';
import { got } from '../support/tensor.ts';
import { withRun } from '../support/tiny-run.ts';
import { record, snapshotOf } from '../webview/recording.ts';

/** 64 units a layer: the size of one draw of so many weights wobbles by √(2/64)/2 = 9 %, of four layers in a row by 18 %. */
const network = {
  input: [6, 6, 1],
  layers: [
    { conv: { filters: 64, kernel: 3 } },
    { max_pool: { size: 2 } },
    { conv: { filters: 64, kernel: 3, init: 'xavier' } },
    { dense: { units: 64 } },
    { dense: { units: 64 } },
  ],
};

const textOf = (normalize: string) =>
  JSON.stringify({
    ...{ version: 1, seed: 2, network, evaluate: { every: '1 steps' } },
    data: { source: 'data', normalize },
    train: { batch_size: 40, steps: 1, learning_rate: 0.001 },
  });

async function audited(normalize: string) {
  return await withRun(async (store) => {
    const { end, failed } = await store.live({ backend: 'onnx' });
    assert.equal(failed, undefined);
    assert.equal(end?.state, 'finished');
    const [started] = store.of('started');
    const [probe] = store.of('probe');
    const { layers } = got(probe, 'probe');
    return auditPrediction(
      layers.map(({ name }) => name),
      got(started?.predicted_std, 'prediction').map(fromScalar),
      layers.map(({ activation_std }) => fromScalar(activation_std)),
    );
  }, textOf(normalize));
}

describe('the audit of the prediction', () => {
  for (const normalize of ['standardize', 'per_pixel_mean', 'none'])
    it(`is of the images as \`normalize: ${normalize}\` leaves them`, async () => {
      const audit = await audited(normalize);
      assert.deepEqual(
        audit.map(({ name }) => name),
        ['conv1', 'conv2', 'dense1', 'dense2'],
      );
      // Twice the wobble. Images of 0 to 1 have a mean square of a fifth: without it, all would be 55 % off.
      for (const { name, deviation } of audit) assert.ok(Math.abs(deviation) < 36, `${name}: ${deviation} %`);
      if (normalize !== 'standardize') assert.ok((audit[0]?.predicted ?? 1) < 0.8 * Math.SQRT2);
    });

  it('gives per cent of the predicted, and leaves out missing values', () => {
    assert.deepEqual(auditPrediction(['a', 'b', 'c'], [2, 0], [3, 1, 1]), [
      { name: 'a', predicted: 2, measured: 3, deviation: 50 },
      { name: 'b', predicted: 0, measured: 1, deviation: Number.POSITIVE_INFINITY },
    ]);
  });

  it('comes from a snapshot and from events alike; a run of an older version has none', () => {
    const recording = record({ run: 'r', name: 'he', kind: 'learns', steps: 60, stepsPerEpoch: 20, layers: 3 });
    const late = runDataFrom(snapshotOf(recording, recording.events.length));
    const live = runDataFrom(snapshotOf(recording, 1));
    for (const event of recording.events.slice(1)) applyEvent(live, event);
    const audit = auditOf(late);
    assert.equal(audit.length, 3);
    assert.deepEqual(auditOf(live), audit);
    const { least, most } = got(deviationRange(audit), 'range');
    assert.ok(audit.every(({ deviation }) => least.deviation <= deviation && deviation <= most.deviation));
    const { predicted_std: _, ...old } = got(late.started, 'started');
    assert.deepEqual(auditOf({ ...late, started: old }), []);
    assert.equal(deviationRange([]), undefined);
  });
});
