/** What the rules remember goes into a checkpoint as JSON: a resumed run must be diagnosed as if it had never stopped. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { placeNetwork } from '../../../server/domain/network/network.ts';
import { propagate } from '../../../server/domain/propagation/propagate.ts';
import type { Observation } from '../../../server/domain/rules/observation.ts';
import { type DiagnosisState, diagnose, restoreDiagnosis, startDiagnosis } from '../../../server/domain/rules/rules.ts';
import { configOf } from '../../support/networks.ts';
import { historiesOf } from '../../support/rule-histories.ts';

const config = configOf({
  network: {
    input: [8, 8, 1],
    init: 'xavier',
    layers: [{ conv: { filters: 4, kernel: 3, repeat: 20 } }, { dense: { units: 4 } }],
  },
  train: { batch_size: 64, steps: 100 },
});
const network = placeNetwork(config.network);
const context = {
  network,
  train: config.train,
  stepsPerEpoch: 5,
  classCounts: [100, 100, 90, 10],
  input: { mean: 0, deviation: 1, meanSquare: 1, correlation: 0.2 },
  propagation: propagate(network),
  ignore: [],
};

const histories = historiesOf(['conv1', 'conv2', 'dense1']);

/** All findings; the state goes through a checkpoint before the observations that are named. */
function diagnosed(observations: readonly Observation[], isResumed: (i: number) => boolean) {
  let state: DiagnosisState = startDiagnosis();
  return observations.map((observation, i) => {
    const result = diagnose(isResumed(i) ? JSON.parse(JSON.stringify(state)) : state, observation, context);
    state = result.state;
    return result.findings;
  });
}

describe('the state of the rules', () => {
  it('is as good after a checkpoint as before it, whatever has happened', () => {
    let spoken = 0;
    fc.assert(
      fc.property(histories, (observations) => {
        const uninterrupted = diagnosed(observations, () => false);
        assert.deepEqual(
          diagnosed(observations, () => true),
          uninterrupted,
        );
        spoken += uninterrupted.flat().length;
      }),
      { seed: 20, numRuns: 200, endOnFailure: true },
    );
    assert.ok(spoken > 200, `${spoken} findings in all: the histories show nothing`);
  });

  it('never repeats a finding unless it has ended: findings and ends alternate', () => {
    let ended = 0;
    fc.assert(
      fc.property(histories, (observations) => {
        let state: DiagnosisState = startDiagnosis();
        const standing = new Map<string, number>();
        for (const observation of observations) {
          const judged = diagnose(state, observation, context);
          state = judged.state;
          for (const { rule, found } of judged.recovered) {
            assert.equal(standing.get(rule), found, `${rule} ends a finding that stands`);
            standing.delete(rule);
            ended++;
          }
          for (const { rule, step } of judged.findings) {
            assert.ok(!standing.has(rule), `${rule} speaks twice`);
            standing.set(rule, step);
          }
          assert.deepEqual(state.standing.map(({ rule, step }) => [rule, step]).toSorted(), [...standing].toSorted());
        }
      }),
      { seed: 21, numRuns: 1200, endOnFailure: true },
    );
    assert.ok(ended > 20, `${ended} findings have ended: the histories show nothing`);
  });

  it('is plain data: JSON gives back the same', () => {
    fc.assert(
      fc.property(histories, (observations) => {
        let state: DiagnosisState = startDiagnosis();
        for (const observation of observations) {
          state = diagnose(state, observation, context).state;
          assert.deepEqual(JSON.parse(JSON.stringify(state)), state);
        }
      }),
      { seed: 22, numRuns: 50, endOnFailure: true },
    );
  });

  it('of another set of rules keeps its history and current findings', () => {
    let state: DiagnosisState = startDiagnosis();
    state = diagnose(state, { kind: 'step', step: 1, loss: 2, top1: 90, learningRate: 0.1 }, context).state;
    const standing = [{ rule: 'stalled', step: 100, over: 0 }] as const;
    const older = { history: state.history, agreed: [1, 2], standing };
    const { history, agreed, standing: kept } = restoreDiagnosis(JSON.parse(JSON.stringify(older)));
    assert.deepEqual(history, state.history);
    assert.deepEqual(kept, standing);
    assert.deepEqual(agreed, startDiagnosis().agreed);
  });
});
