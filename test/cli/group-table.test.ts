/** What `compare --group seed` prints: mean and standard deviation of each group, side by side. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { groupTable } from '../../server/cli/group-table.ts';

describe('the table of groups of seeds', () => {
  it('has what differs, and means with their standard deviation if there is one', () => {
    const run = { run: 'r-a', name: 'a', state: 'finished', step: 200 };
    const text = groupTable(
      [
        { name: 'a', runs: [run, run], top1: { count: 2, mean: 11, std: Math.SQRT2 } },
        { name: 'b', runs: [run], top1: { count: 1, mean: 20 } },
      ],
      [{ key: 'train.learning_rate', values: ['0.01', undefined] }],
    );
    assert.match(text, /^train\.learning_rate +0\.01 +–$/m);
    assert.match(text, /^runs +2 +1$/m);
    assert.match(text, /^top-1 error, % +11\.00 ± 1\.41 +20\.00$/m);
  });
});
