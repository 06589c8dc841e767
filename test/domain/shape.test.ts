import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Layer, MapShape } from '../../server/domain/config.ts';
import { isWeighted } from '../../server/domain/config.ts';
import type { ConvLayer } from '../../server/domain/layers/conv.ts';
import { kindOf } from '../../server/domain/layers/kinds.ts';
import type { PoolLayer } from '../../server/domain/layers/pool.ts';
import type { SppLayer } from '../../server/domain/layers/spp.ts';
import { inRunFile } from '../../server/domain/origin.ts';
import { binEdges, windows } from '../../server/domain/shapes/windows.ts';
import { networkOf } from '../support/networks.ts';

const origin = inRunFile('network', 'layers', 0);
const weighted = {
  origin,
  activation: { kind: 'relu' },
  init: { kind: 'he', mode: 'fan_in' },
  initOrigin: inRunFile('network'),
  bias: true,
} as const;
const conv = (kernel: number, stride: number, padding: 'same' | 'valid'): ConvLayer => ({
  ...weighted,
  type: 'conv',
  name: 'conv1',
  filters: 8,
  kernel,
  stride,
  padding,
});
const pool = (size: number, stride: number): PoolLayer => ({ type: 'max_pool', name: 'pool1', origin, size, stride });
const spp = (...bins: number[]): SppLayer => ({ type: 'spp', name: 'spp1', origin, bins });

/** The map after a layer, or the problem. */
const mapAfter = (layer: Layer, map: MapShape) => {
  const result = kindOf(layer).shape(layer, [map]);
  return 'problem' in result ? result.problem : result.shape;
};

describe('the map after a layer', () => {
  for (const [name, layer, map, expected] of [
    ['conv 3, same', conv(3, 1, 'same'), [28, 28, 1], [28, 28, 8]],
    ['conv 3 / 2, same, even', conv(3, 2, 'same'), [28, 14, 16], [14, 7, 8]],
    ['conv 3 / 2, same, odd', conv(3, 2, 'same'), [7, 5, 16], [4, 3, 8]],
    ['conv 7 / 2, same, 224 (the paper’s first layer)', conv(7, 2, 'same'), [224, 224, 3], [112, 112, 8]],
    ['conv 2, same', conv(2, 1, 'same'), [37, 37, 64], [37, 37, 8]],
    ['conv 5, same, on a smaller map', conv(5, 1, 'same'), [2, 3, 1], [2, 3, 8]],
    ['conv 5, valid', conv(5, 1, 'valid'), [28, 28, 1], [24, 24, 8]],
    ['conv 3 / 2, valid', conv(3, 2, 'valid'), [8, 7, 1], [3, 3, 8]],
    ['conv 3, valid, just fits', conv(3, 1, 'valid'), [3, 3, 1], [1, 1, 8]],
    ['pool 2', pool(2, 2), [28, 28, 4], [14, 14, 4]],
    ['pool 2, odd: the last row is dropped', pool(2, 2), [7, 9, 4], [3, 4, 4]],
    ['pool 3 / 2, overlapping', pool(3, 2), [7, 7, 4], [3, 3, 4]],
    ['pool 1 / 2', pool(1, 2), [7, 6, 4], [4, 3, 4]],
    ['the paper’s pyramid: 63 bins', spp(7, 3, 2, 1), [14, 14, 512], [1, 1, 63 * 512]],
    ['global average', { type: 'global_average_pool', name: 'g', origin }, [7, 5, 64], [1, 1, 64]],
    ['dense', { ...weighted, type: 'dense', name: 'dense1', units: 10, dropout: 0 }, [7, 5, 64], [1, 1, 10]],
  ] as readonly (readonly [string, Layer, MapShape, MapShape])[])
    it(`${name}: ${map.join('×')} → ${expected.join('×')}`, () => assert.deepEqual(mapAfter(layer, map), expected));

  it('or a sentence that names the layer, the map and what would fit', () => {
    assert.match(
      String(mapAfter(pool(3, 2), [2, 5, 1])),
      /3×3 pool does not fit the 2×5×1 map that reaches pool1; use a smaller size/,
    );
    assert.match(
      String(mapAfter(conv(5, 1, 'valid'), [4, 9, 1])),
      /5×5 kernel .* 4×9×1 map that reaches conv1; .*padding: same/,
    );
    assert.match(String(mapAfter(spp(7, 3), [6, 9, 2])), /7×7 bins .* 6×9×2 .*spp1; the largest level may be 6/);
  });

  it('is that of the layer before for the layer after', () => {
    const network = networkOf({
      input: [9, 8, 3],
      layers: [{ conv: { filters: 4, kernel: 3, stride: 2 } }, { max_pool: { size: 2 } }, { dense: { units: 5 } }],
    });
    assert.deepEqual(
      network.layers.map(({ input, output }) => [...input, ...output].join()),
      ['9,8,3,5,4,4', '5,4,4,2,2,4', '2,2,4,1,1,5'],
    );
    assert.equal(network.classes, 5);
    assert.deepEqual(
      network.layers.map(({ layer }) => isWeighted(layer)),
      [true, false, true],
    );
  });
});

describe('windows along an axis', () => {
  const length = fc.integer({ min: 1, max: 60 });
  const size = fc.integer({ min: 1, max: 12 });
  const stride = fc.integer({ min: 1, max: 12 });

  it('of `same` are ⌈length / stride⌉, padded by halves, the odd pixel at the end, and never only padding', () => {
    fc.assert(
      fc.property(length, size, stride, (n, k, s) => {
        const { output, before, after: behind } = windows(n, k, { stride: s, padding: 'same' });
        assert.equal(output, Math.ceil(n / s));
        assert.ok(behind - before === 0 || behind - before === 1);
        const end = (output - 1) * s + k - before;
        // No more padding than the last window needs, and none if it ends inside.
        assert.equal(behind, Math.max(0, end - n));
        for (let i = 0; i < output; i++) assert.ok(i * s - before < n && i * s - before + k > 0);
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it('of `valid` are all that fit', () => {
    fc.assert(
      fc.property(length, size, stride, (n, k, s) => {
        fc.pre(k <= n);
        const { output, before, after: behind } = windows(n, k, { stride: s, padding: 'valid' });
        assert.deepEqual([before, behind], [0, 0]);
        assert.ok((output - 1) * s + k <= n && output * s + k > n);
      }),
      { seed: 2, numRuns: 500 },
    );
  });
});

describe('the bins of a pyramid level', () => {
  it('cover an axis in order, none is empty, and neighbours share one row at most', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 60 }), (length, bins) => {
        fc.pre(bins <= length);
        const edges = binEdges(length, bins);
        assert.equal(edges.length, bins);
        assert.equal(edges[0]?.start, 0);
        assert.equal(edges.at(-1)?.end, length);
        edges.forEach(({ start, end }, i) => {
          assert.ok(end > start);
          const next = edges[i + 1];
          if (next) assert.ok(next.start === end || next.start === end - 1);
          if (length % bins === 0) assert.equal(end - start, length / bins);
        });
      }),
      { seed: 3, numRuns: 500 },
    );
  });

  it('are 7 of 2 rows on 14, and 3 of 5 (one row shared)', () => {
    assert.deepEqual(
      binEdges(14, 3).map(({ start, end }) => [start, end]),
      [
        [0, 5],
        [4, 10],
        [9, 14],
      ],
    );
  });
});
