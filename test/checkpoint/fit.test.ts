/** A run goes on with its own configuration only, and with checkpoints of every version so far. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { configHash } from '../../server/checkpoint/fit.ts';
import { configOf } from '../support/networks.ts';

const train = { batch_size: 64, steps: 100, learning_rate: 0.01 };

describe('the hash of a configuration', () => {
  // As version 0.1.0 wrote them into its checkpoints.
  it('is the one that is in checkpoints already', () => {
    const entries = [
      { conv: { filters: 4, kernel: 3, repeat: 2, activation: 'prelu', init: { gaussian: 0.1 } } },
      { max_pool: { size: 2 } },
      { spp: [2, 1] },
      { dense: { units: 10, dropout: 0.5 }, init: 'he' },
      { dense: { units: 10 } },
    ];
    assert.equal(
      configHash(configOf({ network: { input: [8, 8, 1], init: 'xavier', layers: entries }, train })),
      'fd2ed70d1b2486dd101c8f3dacd016d2dad2634067517c4a91f1ac5dff18eae9',
    );
    assert.equal(
      configHash(configOf({ network: { input: [224, 224, 3], preset: 'model_a' }, train })),
      '9a4ffff992e588c4e4672b304f1d8bb3ae9f4d6634be79c24f8035473787979f',
    );
  });

  it('is another for another layer, and the same for another length and name', () => {
    const hash = (units: number, more: object = {}) =>
      configHash(configOf({ network: { input: [8, 8, 1], layers: [{ dense: { units } }] }, train, ...more }));
    assert.notEqual(hash(10), hash(11));
    assert.equal(hash(10, { name: 'other', train: { ...train, steps: 200 } }), hash(10));
  });
});
