/** What decides whether a checkpoint may be resumed. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { configHash } from '../../server/checkpoint/fit.ts';
import type { RunConfig } from '../../server/domain/config.ts';
import { readRunFile } from '../../server/run-file/read.ts';
import { got } from '../support/tensor.ts';

function configOf(train: string): RunConfig {
  const text = `version: 1
data: {source: fashion-mnist}
network:
  input: [8, 8, 1]
  layers:
    - conv: {filters: 4, kernel: 3}
    - dense: {units: 10}
${train}`;
  return got(readRunFile(text, { fileName: 'a.rectiscope.yaml', folder: '/runs' }).config, 'configuration');
}

const DEFAULTS = 'dfd5ee37b2e3540700565a97a87d56f064c1c6e06b32795a1522ec168576ad4b';

describe('the hash of a configuration', () => {
  // Of version 0.1.0, when momentum was a number of its own: checkpoints of that time have these hashes.
  for (const [train, hash] of [
    ['', DEFAULTS],
    [
      'train: {momentum: 0.5, learning_rate: 0.02, weight_decay: 0.001, schedule: {warmup: 10 steps}}\n',
      '8a676fa29e0556461b823bf48742cf387889aaae7c873bf3277065939f06fc16',
    ],
  ] as const)
    it(`is what it always was, for ${train.trim() || 'all defaults'}`, () =>
      assert.equal(configHash(configOf(train)), hash));

  it('is another one for another momentum, and the same for another length', () => {
    assert.notEqual(configHash(configOf('train: {momentum: 0.8}\n')), DEFAULTS);
    assert.equal(configHash(configOf('train: {epochs: 99}\n')), DEFAULTS);
  });
});
