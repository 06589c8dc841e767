/** Which part of an image a network sees. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { colorBasis, colorShift } from '../../server/domain/augmentation/color.ts';
import { drawColor, drawView } from '../../server/domain/augmentation/draws.ts';
import { centerView, resizedExtent } from '../../server/domain/augmentation/view.ts';
import { uniforms } from '../support/random.ts';

describe('the shorter side of an image', () => {
  it('becomes the requested size, upright or not, the aspect kept to the nearest pixel', () => {
    assert.deepEqual(resizedExtent({ height: 300, width: 400 }, 256), { height: 256, width: 341 });
    assert.deepEqual(resizedExtent({ height: 400, width: 300 }, 256), { height: 341, width: 256 });
    assert.deepEqual(resizedExtent({ height: 7, width: 7 }, 100), { height: 100, width: 100 });
    assert.deepEqual(resizedExtent({ height: 1, width: 3 }, 2), { height: 2, width: 6 });
    assert.deepEqual(resizedExtent({ height: 3, width: 4 }, undefined), { height: 3, width: 4 });
  });
});

describe('the view of testing', () => {
  it('is the centre of the resized image', () => {
    const crop = { height: 224, width: 224 };
    assert.deepEqual(centerView({ height: 300, width: 400 }, { crop, shorterSide: 256 }), {
      resized: { height: 256, width: 341 },
      top: 16,
      left: 58,
      flip: false,
    });
    assert.deepEqual(centerView({ height: 5, width: 4 }, { crop: { height: 2, width: 4 } }), {
      resized: { height: 5, width: 4 },
      top: 1,
      left: 0,
      flip: false,
    });
  });
});

describe('the draws of training', () => {
  const image = { height: 300, width: 400 };
  const options = {
    seed: 1,
    augment: { resize: [256, 512], crop: 224, flip: true },
    crop: { height: 224, width: 224 },
  } as const;
  const views = Array.from({ length: 4000 }, (_, place) => drawView(image, { ...options, place }));
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

  it('take every scale of the range, its ends too, equally often', () => {
    const sides = views.map(({ resized }) => resized.height);
    assert.deepEqual([Math.min(...sides), Math.max(...sides)], [256, 512]);
    // 4 standard errors of a mean of 4000 uniform numbers: 4 · 256/√12/√4000.
    assert.ok(Math.abs(mean(sides) - 384) < 4.7, `${mean(sides)}`);
    for (const { resized } of views) assert.deepEqual(resized, resizedExtent(image, resized.height));
  });

  it('cut anywhere inside, mirror half of the time', () => {
    for (const { resized, top, left } of views)
      assert.ok(top >= 0 && left >= 0 && top + 224 <= resized.height && left + 224 <= resized.width);
    const share = (part: (view: (typeof views)[number]) => number) => mean(views.map(part));
    assert.ok(Math.abs(share(({ resized, top }) => top / (resized.height - 224 || 1)) - 0.5) < 0.03);
    assert.ok(Math.abs(share(({ resized, left }) => left / (resized.width - 224)) - 0.5) < 0.03);
    assert.ok(Math.abs(share(({ flip }) => Number(flip)) - 0.5) < 0.032);
    // The corners can be reached.
    const small = { ...options, augment: { flip: false, crop: 2 }, crop: { height: 2, width: 2 } };
    const corners = new Set(
      Array.from({ length: 200 }, (_, place) => {
        const { top, left } = drawView({ height: 3, width: 4 }, { ...small, place });
        return `${top} ${left}`;
      }),
    );
    assert.deepEqual([...corners].toSorted(), ['0 0', '0 1', '0 2', '1 0', '1 1', '1 2']);
  });

  it('are functions of seed and place, and one does not change another', () => {
    assert.deepEqual(drawView(image, { ...options, place: 17 }), views[17]);
    assert.notDeepEqual(drawView(image, { ...options, seed: 2, place: 17 }), views[17]);
    const unflipped = drawView(image, { ...options, augment: { ...options.augment, flip: false }, place: 17 });
    assert.deepEqual({ ...unflipped, flip: views[17]?.flip }, views[17]);
  });

  it('move colours by normal numbers of deviation 0.1', () => {
    const alphas = Array.from({ length: 4000 }, (_, place) => drawColor({ seed: 1, place })).flat();
    assert.ok(Math.abs(mean(alphas)) < 0.004);
    // 4 standard errors of a deviation of 12,000 numbers: 4 · 0.1/√24000.
    assert.ok(Math.abs(Math.sqrt(mean(alphas.map((alpha) => alpha * alpha))) - 0.1) < 0.0026);
  });
});

describe('the principal components of colour', () => {
  it('are eigenvectors: orthonormal, each stretched by its eigenvalue, which sum to the trace', () => {
    const uniform = uniforms(5);
    for (let round = 0; round < 50; round++) {
      const b = Array.from({ length: 9 }, () => uniform() - 0.5);
      // B·Bᵀ has no negative eigenvalue.
      const entry = (i: number, j: number) =>
        [0, 1, 2].reduce((sum, k) => sum + (b[3 * i + k] ?? 0) * (b[3 * j + k] ?? 0), 0);
      const row = (i: number) => [entry(i, 0), entry(i, 1), entry(i, 2)] as const;
      const matrix = [row(0), row(1), row(2)] as const;
      const { values, vectors } = colorBasis(matrix);
      assert.deepEqual(
        values,
        values.toSorted((x, y) => y - x),
      );
      assert.ok(Math.abs(mean3(values) - mean3([matrix[0][0], matrix[1][1], matrix[2][2]])) < 1e-14);
      for (const [i, vector] of vectors.entries()) {
        for (const [j, other] of vectors.entries()) assert.ok(Math.abs(dot(vector, other) - Number(i === j)) < 1e-14);
        for (const [j, line] of matrix.entries())
          assert.ok(Math.abs(dot(line, vector) - (values[i] ?? Number.NaN) * (vector[j] ?? Number.NaN)) < 1e-14);
      }
    }
  });

  it('are the channels themselves if these are uncorrelated', () => {
    assert.deepEqual(
      colorBasis([
        [1, 0, 0],
        [0, 3, 0],
        [0, 0, 2],
      ]),
      {
        values: [3, 2, 1],
        vectors: [
          [0, 1, 0],
          [0, 0, 1],
          [1, 0, 0],
        ],
      },
    );
    const shift = colorShift(
      {
        values: [3, 2, 1],
        vectors: [
          [0, 1, 0],
          [0, 0, 1],
          [1, 0, 0],
        ],
      },
      [0.1, 0.2, 0.3],
    );
    for (const [i, expected] of [0.3, 0.3, 0.4].entries()) assert.ok(Math.abs((shift[i] ?? 0) - expected) < 1e-15);
  });

  it('move a pixel along the line on which grey images lie, all channels alike', () => {
    const { values, vectors } = colorBasis([
      [1, 1, 1],
      [1, 1, 1],
      [1, 1, 1],
    ]);
    const [r = 0, g = 1, b = 2] = colorShift({ values, vectors }, [0.1, 0.5, -0.5]);
    // √⅓ · 0.1 · 3
    for (const part of [r, g, b]) assert.ok(Math.abs(part - Math.sqrt(1 / 3) * 0.3) < 1e-14);
  });
});

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
const mean3 = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / 3;
