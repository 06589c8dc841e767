/** What decides whether a checkpoint may be resumed. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { configHash } from '../../server/checkpoint/fit.ts';
import type { RunConfig } from '../../server/domain/config.ts';
import { readRunFile } from '../../server/run-file/read.ts';
import { configOf as keysOf } from '../support/networks.ts';
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

  it('is that of every kind of layer and of a preset, as checkpoints have it', () => {
    const entries = [
      { conv: { filters: 4, kernel: 3, repeat: 2, activation: 'prelu', init: { gaussian: 0.1 } } },
      { max_pool: { size: 2 } },
      { spp: [2, 1] },
      { dense: { units: 10, dropout: 0.5 }, init: 'he' },
      { dense: { units: 10 } },
    ];
    const train = { batch_size: 64, steps: 100, learning_rate: 0.01 };
    assert.equal(
      configHash(keysOf({ network: { input: [8, 8, 1], init: 'xavier', layers: entries }, train })),
      'fd2ed70d1b2486dd101c8f3dacd016d2dad2634067517c4a91f1ac5dff18eae9',
    );
    assert.equal(
      configHash(keysOf({ network: { input: [224, 224, 3], preset: 'model_a' }, train })),
      '9a4ffff992e588c4e4672b304f1d8bb3ae9f4d6634be79c24f8035473787979f',
    );
  });
});
