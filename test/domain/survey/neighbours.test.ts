/** Nearest neighbours, and what is concluded from them, on images whose answers are known. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { exchangedPairs, permutedClasses } from '../../../server/domain/survey/exchanged.ts';
import { FEATURES, mirror, type SmallImage, shrink } from '../../../server/domain/survey/features.ts';
import { accuracyOf, findNeighbours, type Labelled } from '../../../server/domain/survey/neighbours.ts';
import { uniforms } from '../../support/random.ts';
import { got } from '../../support/tensor.ts';

const SIDE = 8;

/** A light bar at the left or the right of a noisy ground. */
function bar(atRight: boolean, uniform: () => number): SmallImage {
  const pixels = Float32Array.from({ length: SIDE * SIDE }, (_, i) => {
    const x = i % SIDE;
    return ((atRight ? SIDE - 1 - x : x) < 3 ? 0.8 : 0.2) + 0.1 * uniform();
  });
  return { shape: [SIDE, SIDE, 1], pixels };
}

const bars = (seed: number, count: number, label = (isRight: boolean, _i: number) => Number(isRight)): Labelled => {
  const uniform = uniforms(seed);
  const sides = Array.from({ length: count }, (_, i) => i % 2 === 1);
  return { images: sides.map((isRight) => bar(isRight, uniform)), labels: sides.map(label) };
};

describe('nearest neighbours', () => {
  it('know labels that the images show, and nothing of labels that they do not', () => {
    const sound = got(findNeighbours(bars(1, 60), bars(2, 40), { classes: 2, mirrors: false }), 'neighbours');
    assert.equal(sound.accuracy, 1);
    assert.equal(sound.guessing, 0.5);
    assert.ok(Math.abs(sound.standardError - Math.sqrt(0.25 / 60)) < 1e-12);
    assert.deepEqual(sound.val?.confusion, [
      [20, 0],
      [0, 20],
    ]);
    const random = uniforms(3);
    const mixed = bars(1, 60, () => Number(random() < 0.5));
    const unrelated = got(findNeighbours(mixed, bars(2, 40), { classes: 2, mirrors: false }), 'neighbours');
    // Four kinds of features are tried, so the best of them may be some errors above one half.
    assert.ok(Math.abs(unrelated.accuracy - 0.5) < 4 * unrelated.standardError, String(unrelated.accuracy));
    assert.equal(accuracyOf(got(unrelated.val, 'val').within).share, 1);
  });

  it('show that labels of validation are exchanged, and classes that a mirror exchanges', () => {
    const swapped = bars(2, 40, (isRight) => Number(!isRight));
    const found = got(findNeighbours(bars(1, 60), swapped, { classes: 2, mirrors: true }), 'neighbours');
    assert.deepEqual(
      permutedClasses(found.train, got(found.val, 'val').confusion).map(({ from, to, moved }) => [from, to, moved]),
      [
        [0, 1, 20],
        [1, 0, 20],
      ],
    );
    const pairs = exchangedPairs(got(found.plain, 'plain'), got(found.mirrored, 'mirrored'));
    assert.deepEqual(pairs.map(({ from, to }) => [from, to]).toSorted(), [
      [0, 1],
      [1, 0],
    ]);
  });

  it('are not asked where images are few', () =>
    assert.equal(findNeighbours(bars(1, 10), bars(2, 10), { classes: 2, mirrors: false }), undefined));
});

describe('classes that change places', () => {
  const before = [
    [18, 1, 1],
    [1, 18, 1],
    [1, 1, 18],
  ];

  it('are those that all look like another one, in a circle too', () => {
    const circle = [
      [0, 18, 2],
      [1, 0, 19],
      [20, 0, 0],
    ];
    assert.deepEqual(
      permutedClasses(before, circle).map(({ from, to }) => [from, to]),
      [
        [0, 1],
        [1, 2],
        [2, 0],
      ],
    );
    assert.deepEqual(exchangedPairs(before, circle), []);
  });

  it('are none where all classes look like one, or were taken for each other before', () => {
    const one = [
      [20, 0, 0],
      [19, 1, 0],
      [18, 1, 1],
    ];
    assert.deepEqual(permutedClasses(before, one), []);
    const alike = [
      [8, 12, 0],
      [12, 8, 0],
      [0, 0, 20],
    ];
    assert.deepEqual(permutedClasses(alike, alike), []);
  });
});

describe('features', () => {
  it('of spatial frequencies stay what they are where an object moves around the edge', () => {
    const pixels = Float32Array.from({ length: 64 }, (_, i) => (i % 8 < 3 && i < 24 ? 1 : 0));
    const moved = pixels.map((_, i) => pixels[(Math.floor(i / 8) * 8 + ((i + 3) % 8) + 16) % 64] ?? 0);
    const [, , spectrum] = FEATURES;
    const [one, other] = [pixels, moved].map((own) => got(spectrum, 'spectrum')({ shape: [8, 8, 1], pixels: own }));
    // Square roots of amounts near 0, in single precision.
    for (const [i, value] of got(one, 'one').entries())
      assert.ok(Math.abs(value - (other?.[i] ?? Number.NaN)) < 2e-3, `${i}: ${value} and ${other?.[i]}`);
  });

  it('of spatial frequencies are those of the definition', () => {
    const uniform = uniforms(4);
    const pixels = Float32Array.from({ length: 30 }, () => uniform());
    const own = got(FEATURES[2], 'spectrum')({ shape: [5, 6, 1], pixels });
    const mean = pixels.reduce((sum, value) => sum + value, 0) / 30;
    const deviation = Math.sqrt(pixels.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 30);
    for (let u = 0; u < 5; u++)
      for (let v = 0; v < 4; v++) {
        let [re, im] = [0, 0];
        for (const [i, value] of pixels.entries()) {
          const angle = -2 * Math.PI * ((u * Math.floor(i / 6)) / 5 + (v * (i % 6)) / 6);
          re += ((value - mean) / deviation) * Math.cos(angle);
          im += ((value - mean) / deviation) * Math.sin(angle);
        }
        // The square root of an amount near 0, in single precision.
        assert.ok(Math.abs((own[4 * u + v] ?? Number.NaN) - Math.sqrt(Math.hypot(re, im))) < 2e-3, `${u}, ${v}`);
      }
  });

  it('are made of means over whole squares, and of a mirror image', () => {
    const pixels = Float32Array.from({ length: 32 * 32 }, (_, i) => Math.floor(i / 64) + (i % 32 < 16 ? 0 : 100));
    const small = shrink(pixels, [32, 32, 1]);
    assert.deepEqual(small.shape, [16, 16, 1]);
    assert.equal(small.pixels[0], 0);
    assert.equal(small.pixels[15 * 16 + 15], 115);
    assert.equal(mirror(small).pixels[15 * 16], 115);
    assert.deepEqual(mirror(mirror(small)), small);
  });
});
