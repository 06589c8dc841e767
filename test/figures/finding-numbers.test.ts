/** The numbers of a finding are called what they are. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findingNumbers } from '../../server/figures/finding-numbers.ts';
import type { FindingEvent } from '../../server/protocol/events.ts';

const finding = (change: Partial<FindingEvent>): FindingEvent => ({
  ...{ event: 'finding', run: 'r', severity: 'error', step: 2, line: 1, column: 1, end_line: 1, end_column: 2 },
  ...{ rule: 'vanishing-gradient', message: '', threshold: 0.003, source: '', evidence: {} },
  ...change,
});

test('a measured gradient per weight stands beside its limit, and a prediction relative to he says that it is one', () => {
  const { judged, evidence } = findingNumbers(
    finding({
      measured: 1.1e-5,
      predicted: 6.1e-5,
      evidence: { gradient_per_weight: 1.1e-5, by_layer: [1e-5, 2e-5], least_layer: 'conv1' },
    }),
  );
  assert.deepEqual(judged, [
    ['gradient per weight', '1.1e-5'],
    ['limit', '0.003'],
    ['predicted gradient, relative to he', '6.1e-5'],
  ]);
  assert.deepEqual(evidence, [
    ['by layer', [1e-5, 2e-5]],
    ['least layer', 'conv1'],
  ]);
});

test('before training the limit is that of the prediction', () => {
  const { judged } = findingNumbers(
    finding({ rule: 'decay-dominates', predicted: 40, threshold: 1000, evidence: { decay_steps: 40 } }),
  );
  assert.deepEqual(judged, [
    ['predicted decay steps', '40'],
    ['limit', '1,000'],
  ]);
});
