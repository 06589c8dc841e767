import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Column, interpolate, lowerBound, nearest } from '../../server/figures/series.ts';

test('a column grows, keeps not-finite values, and can be cut and grown again', () => {
  const column = new Column(Float64Array.of(1, Number.NaN));
  for (let i = 0; i < 1000; i++) column.push(i);
  column.push(Number.POSITIVE_INFINITY);
  assert.equal(column.length, 1003);
  assert.ok(Number.isNaN(column.at(1)));
  assert.equal(column.last, Number.POSITIVE_INFINITY);
  column.cut(3);
  column.push(7);
  assert.deepEqual([...column.view()], [1, Number.NaN, 0, 7]);
  assert.ok(Number.isNaN(column.at(4)), 'what was cut is not seen again');
});

test('searches in ascending values', () => {
  const x = Float64Array.of(1, 2, 5, 10, 20);
  assert.deepEqual(
    [0, 1, 3, 5, 21].map((at) => lowerBound(x, at)),
    [0, 0, 2, 2, 5],
  );
  assert.deepEqual(
    [-5, 3, 4, 7.4, 7.6, 99].map((at) => nearest(x, at)),
    [0, 1, 2, 2, 3, 4],
  );
  assert.equal(nearest(new Float64Array(0), 1), -1);
  assert.equal(interpolate(x, Float64Array.of(0, 10, 40, 90, 190), 7.5), 65);
  assert.equal(interpolate(x, x, 99), 20);
});
