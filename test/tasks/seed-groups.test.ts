import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { groupBySeed, groupVerdict, type SeedRun, spread } from '../../server/tasks/seed-groups.ts';

const run = (name: string, top1: number | undefined, { seed = 1, rate = 0.01, more = '' } = {}): SeedRun => ({
  text: [
    'version: 1',
    `name: ${name}`,
    `seed: ${seed}`,
    'data: {source: fashion-mnist}',
    'network: {input: [28, 28, 1], layers: [{dense: {units: 10}}]}',
    `train: {batch_size: 64, epochs: 1, learning_rate: ${rate}${more}}`,
    '',
  ].join('\n'),
  ...{ run: `r-${name}`, name, state: 'finished', step: 200, top1, best_top1: top1, last_loss: 0.5 },
});

describe('groups of seeds', () => {
  it('have mean and sample standard deviation', () => {
    assert.deepEqual(spread([2, 4, 4, 4, 5, 5, 7, 9]), { count: 8, mean: 5, std: Math.sqrt(32 / 7) });
    assert.deepEqual(spread([3]), { count: 1, mean: 3 });
    assert.deepEqual(spread([Number.NaN, 3, undefined, 5]), { count: 2, mean: 4, std: Math.SQRT2 });
    assert.equal(spread([undefined, Number.POSITIVE_INFINITY]), undefined);
  });

  it('are runs that differ in seed and name only; a default written out is no difference', () => {
    const groups = groupBySeed([
      run('a', 10, { seed: 1 }),
      run('b', 20, { seed: 1, rate: 0.1 }),
      run('c', 12, { seed: 2, more: ', momentum: 0.9' }),
    ]);
    assert.deepEqual(
      groups.map(({ runs }) => runs.map(({ name }) => name)),
      [['a', 'c'], ['b']],
    );
    assert.deepEqual(groups[0]?.top1, { count: 2, mean: 11, std: Math.SQRT2 });
  });

  it('are distinguished by their spread', () => {
    const two = (first: readonly number[], second: readonly number[]) =>
      groupVerdict(
        groupBySeed([
          ...first.map((top1, i) => run(`a${i}`, top1, { seed: i })),
          ...second.map((top1, i) => run(`b${i}`, top1, { seed: i, rate: 0.1 })),
        ]),
      );
    assert.match(two([10, 12], [20, 22]), /^a0 is 10\.00 points .* better than b0/);
    assert.match(two([10, 20], [12, 22]), /do not differ significantly/);
    assert.match(two([10], [20, 22]), /train each with two seeds/);
    assert.match(groupVerdict(groupBySeed([run('a', undefined)])), /evaluation is missing/);
  });
});
