import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { drawSample } from '../../server/data/training-sample.ts';

const countsOf = (labels: readonly number[], places: readonly number[]) => {
  const counts = new Map<number, number>();
  for (const place of places) counts.set(labels[place] ?? -1, (counts.get(labels[place] ?? -1) ?? 0) + 1);
  return counts;
};

describe('a sample of the training images', () => {
  it('has as many of every class, though the labels are sorted and unequal', () => {
    const labels = [...Array(500).fill(0), ...Array(40).fill(1), ...Array(3).fill(2)];
    const places = drawSample(labels, { seed: 1, count: 32 });
    assert.equal(new Set(places).size, 32, 'no example twice');
    const counts = countsOf(labels, places);
    assert.deepEqual(
      [counts.get(0), counts.get(1), counts.get(2)].map((n = 0) => n >= 14 || n === 3),
      [true, true, true],
    );
    const classes = places.map((place) => labels[place]);
    assert.notDeepEqual(classes, classes.toSorted(), 'in random order');
  });

  it('is a function of the seed, and all there is where less is there', () => {
    const labels = Array.from({ length: 100 }, (_, i) => i % 3);
    const options = { seed: 5, count: 10 };
    assert.deepEqual(drawSample(labels, options), drawSample(labels, options));
    assert.notDeepEqual(drawSample(labels, options), drawSample(labels, { ...options, seed: 6 }));
    const all = drawSample(labels, { seed: 5, count: 1000 });
    assert.deepEqual(
      all.toSorted((a, b) => a - b),
      [...labels.keys()],
    );
    assert.deepEqual(drawSample([], options), []);
  });
});
