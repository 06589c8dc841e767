/** Which of two findings is the cause: the one whose line, fixed, fixes both. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkRunFile } from '../../server/run-file/check.ts';
import { applyEdits } from '../../server/run-file/edit.ts';

const causes = (train: string): Record<string, string | undefined> => {
  const text = `version: 1
network:
  input: [28, 28, 1]
  layers:
    - conv: {filters: 16, kernel: 3, repeat: 6}
    - dense: {units: 10}
train: {batch_size: 32, steps: 100, momentum: 0.9, ${train}}
`;
  const { checked } = checkRunFile(text, { fileName: 'causes', folder: '/' });
  assert.ok(checked);
  return Object.fromEntries(checked.findings.map(({ rule, cause }) => [rule, cause]));
};

describe('decay that rules', () => {
  it('follows from a rate that is too high if decay is the default', () =>
    assert.deepEqual(causes('learning_rate: 10, weight_decay: 0.0005'), {
      'learning-rate-too-high': undefined,
      'decay-dominates': 'learning-rate-too-high',
    }));

  it('is an independent fault at a healthy rate', () =>
    assert.deepEqual(causes('learning_rate: 0.01, weight_decay: 1'), { 'decay-dominates': undefined }));

  it('and a rate that is too high are two faults if each is sufficient', () =>
    assert.deepEqual(causes('learning_rate: 1, weight_decay: 1'), {
      'learning-rate-too-high': undefined,
      'decay-dominates': undefined,
    }));
});

describe('the fix of a rate that looks too high', () => {
  const check = (text: string) => checkRunFile(text, { fileName: 'rate', folder: '/' });
  for (const [rate, momentum] of [
    [1, 0],
    [3, 0.5],
    [0.1, 0.9],
    [3, 0.9],
    [1000, 0.9],
    [0.5, 0.99],
  ] as const)
    it(`${rate} with momentum ${momentum}: leaves no finding about the rate`, () => {
      const text = `network: {input: [28, 28, 1], layers: [{conv: {filters: 16, kernel: 3}}, {dense: {units: 10}}]}
train: {steps: 100, learning_rate: ${rate}, momentum: ${momentum}}
`;
      const { checked, runFile } = check(text);
      const found = checked?.findings.find(({ rule }) => rule === 'learning-rate-too-high');
      assert.ok(found?.fix);
      const mended = check(applyEdits(runFile.positions, found.fix.edits)).checked;
      assert.ok(mended);
      assert.deepEqual(
        mended.findings.filter(({ rule }) => rule.startsWith('learning-rate')),
        [],
      );
    });
});
