import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BlockExtremes, thin } from '../../server/figures/thinning.ts';

const ascending = (length: number): Float64Array => Float64Array.from({ length }, (_, i) => i);

test('a spike of one point among a million survives, with blocks and without', () => {
  const x = ascending(1_000_000);
  const y = Float64Array.from(x, (i) => Math.sin(i / 1000));
  y[654_321] = 50;
  y[123_456] = -50;
  const blocks = new BlockExtremes();
  blocks.extend(y);
  for (const options of [{}, { blocks }]) {
    const kept = thin(x, y, { from: 0, to: 1e6, buckets: 300, ...options });
    assert.ok(kept.includes(654_321) && kept.includes(123_456));
    assert.ok(kept.length < 1300, `${kept.length} points for 300 pixels`);
  }
});

test('of any values and any view the extremes and a not-finite one are kept, ascending, with the neighbours outside', () => {
  const value = fc.oneof(
    fc.double({ noNaN: true, min: -1e6, max: 1e6 }),
    fc.constant(Number.NaN),
    fc.constant(Infinity),
  );
  fc.assert(
    fc.property(
      fc.array(value, { minLength: 1, maxLength: 3000 }),
      fc.nat(3000),
      fc.nat(3000),
      fc.integer({ min: 1, max: 20 }),
      (values, a, b, buckets) => {
        const y = Float64Array.from(values);
        const x = ascending(y.length);
        const [from, to] = [Math.min(a, b), Math.max(a, b)];
        const blocks = new BlockExtremes();
        for (let end = 0; end < y.length; end += 100) blocks.extend(y.subarray(0, end)); // as it grows
        blocks.extend(y);
        for (const options of [{}, { blocks }]) {
          const kept = thin(x, y, { from, to, buckets, ...options });
          for (let i = 1; i < kept.length; i++) assert.ok((kept[i] as number) > (kept[i - 1] as number));
          const seen = [...y].slice(from, to + 1);
          const finite = seen.filter(Number.isFinite);
          const shown = kept.map((index) => y[index] as number);
          if (finite.length > 0) {
            assert.ok(shown.includes(Math.max(...finite)));
            assert.ok(shown.includes(Math.min(...finite)));
          }
          if (finite.length < seen.length) assert.ok(shown.some((shownValue) => !Number.isFinite(shownValue)));
          if (from > 0 && from < y.length) assert.ok((kept[0] as number) <= from);
          if (to < y.length - 1) assert.ok((kept.at(-1) as number) >= to);
        }
      },
    ),
    { numRuns: 500 },
  );
});

test('after a cut the blocks know the new values', () => {
  const blocks = new BlockExtremes();
  blocks.extend(Float64Array.from({ length: 500 }, (_, i) => (i === 450 ? 99 : 0)));
  const rewritten = new Float64Array(500);
  rewritten[460] = -7;
  blocks.cut(400);
  blocks.extend(rewritten);
  const { least, greatest } = blocks.over(rewritten, 0, 8);
  assert.equal(rewritten[least], -7);
  assert.equal(rewritten[greatest], 0);
});

test('stretches of not-finite values are found at their first point', () => {
  const y = new Float64Array(1000);
  y.fill(Number.NaN, 130, 300);
  y[64] = Number.NEGATIVE_INFINITY;
  y[999] = Number.NaN;
  const blocks = new BlockExtremes();
  blocks.extend(y);
  assert.deepEqual(blocks.brokenStretches(y, 10), [64, 130, 999]);
  assert.deepEqual(blocks.brokenStretches(y, 2), [64, 130]);
});
