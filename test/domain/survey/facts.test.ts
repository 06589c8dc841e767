/** Copies, labels, order, preparation and detail, on numbers whose answers are known. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findCopies } from '../../../server/domain/survey/copies.ts';
import { adjacentCovariance, detailLeft } from '../../../server/domain/survey/detail.ts';
import { judgeLabels } from '../../../server/domain/survey/label-range.ts';
import { batchOrder } from '../../../server/domain/survey/order.ts';
import { comparePreparation, imageStatistics } from '../../../server/domain/survey/preparation.ts';
import { uniforms } from '../../support/random.ts';
import { got } from '../../support/tensor.ts';

describe('copies', () => {
  const image = (set: 'train' | 'val', label: number, hash: string) => ({
    set,
    label,
    hash,
    name: `${set} ${hash} ${label}`,
  });

  it('count where labels differ, and where validation has what is in train', () => {
    const images = [
      image('train', 0, 'a'),
      image('train', 1, 'a'),
      image('train', 2, 'b'),
      image('train', 2, 'b'),
      image('val', 2, 'b'),
      image('val', 0, 'c'),
    ];
    const { acrossClasses, valInTrain } = findCopies(images, { compared: 6, val: 2 });
    assert.deepEqual(acrossClasses, { images: 2, compared: 6, examples: ['train a 0 = train a 1'] });
    assert.deepEqual(valInTrain, { images: 1, compared: 2, withinTrain: 1, examples: ['val b 2 = train b 2'] });
  });
});

describe('labels', () => {
  it('begin at 1 where the first class alone is empty', () => {
    assert.deepEqual(judgeLabels([0, 5, 5, 5], 3), { kind: 'from-one', largest: 3, logits: 3 });
    assert.deepEqual(judgeLabels([0, 5, 5, 5], 4), { kind: 'from-one', largest: 3, logits: 4 });
    assert.equal(judgeLabels([5, 5, 5], 3), undefined);
    assert.equal(judgeLabels([0, 5, 0, 5], 4), undefined);
  });

  it('are far off where few examples or a gap say so, and a further class otherwise', () => {
    const with37 = [...new Array<number>(10).fill(100), ...new Array<number>(27).fill(0), 1];
    const found = { kind: 'far-off', label: 37, examples: 1, most: 9 };
    assert.deepEqual(judgeLabels(with37, 10), { ...found, logits: 10 });
    assert.deepEqual(judgeLabels(with37, 38), { ...found, logits: 38 });
    const marks = [...new Array<number>(10).fill(100), ...new Array<number>(245).fill(0), 300];
    assert.equal(judgeLabels(marks, 10)?.kind, 'far-off');
    assert.equal(judgeLabels([100, 100, 100], 2), undefined);
    assert.equal(judgeLabels([100, 100, 2], 2)?.kind, 'far-off');
    assert.equal(judgeLabels([100, 100, 0, 2], 4), undefined);
  });
});

describe('the order of a batch', () => {
  it('is one class where the file is sorted, and as good as random where it is mixed', () => {
    const sorted = Uint16Array.from({ length: 100 }, (_, i) => Math.floor(i / 25));
    const { classes, shuffled } = batchOrder(sorted, 25, { seed: 1 });
    assert.equal(classes, 1);
    assert.equal(shuffled, 4);
    const mixed = sorted.map((_, i) => i % 4);
    assert.equal(batchOrder(mixed, 25, { seed: 1 }).classes, 4);
  });
});

describe('preparation', () => {
  /** Dark images with a red cast. */
  const images = (
    seed: number,
    count: number,
    change: (value: number, channel: number) => number = (value) => value,
  ) => {
    const uniform = uniforms(seed);
    const statistics = Array.from({ length: count }, () => {
      const level = 0.1 + 0.2 * uniform();
      const raw = Float32Array.from({ length: 75 }, (_, i) => level + 0.2 * uniform() + (0.3 - 0.15 * (i % 3)));
      const pixels = raw.map((_, i) => change(raw[i] ?? 0, i % 3));
      return imageStatistics(pixels, [5, 5, 3]);
    });
    return { statistics, labels: statistics.map((_, i) => i % 2) };
  };
  const effect = (val: ReturnType<typeof images>) => {
    const found = got(comparePreparation(images(1, 100), val), 'difference');
    return { size: Math.abs(found.val - found.train) / found.spread, likeness: found.likeness };
  };

  it('is the same for images of one kind', () => assert.ok(effect(images(2, 60)).size < 0.5));

  it('shows negatives and another scale, and what undoes them', () => {
    const inverted = effect(images(2, 60, (value) => 1 - value));
    assert.ok(inverted.size > 3);
    assert.equal(inverted.likeness, 'inverted');
    const scaled = effect(images(2, 60, (value) => 255 * value));
    assert.ok(scaled.size > 100);
    assert.equal(scaled.likeness, 'scaled');
  });

  it('does not mind other shares of the classes', () => {
    const mixed = (seed: number, count: number, share: number) => {
      const all = images(seed, count);
      const labels = all.labels.map((_, i) => Number(i < share * count));
      const lighter = all.statistics.map((one, i) =>
        labels[i] ? { ...one, mean: one.mean.map((m) => m + 0.5) } : one,
      );
      return { statistics: lighter, labels };
    };
    const found = got(comparePreparation(mixed(1, 100, 0.5), mixed(2, 60, 0.9)), 'difference');
    assert.ok(found.significance < 4, JSON.stringify(found));
  });

  it('measures an image as its definition says', () => {
    const pixels = Float32Array.from([0, 1, 2, 3, 8, 5, 6, 7, 4]);
    const { mean, deviation, border, least, most } = imageStatistics(pixels, [3, 3, 1]);
    assert.deepEqual([mean, border, least, most], [[4], [3.5], 0, 8]);
    assert.ok(Math.abs((deviation[0] ?? 0) - Math.sqrt(60 / 9)) < 1e-12);
  });
});

describe('detail', () => {
  it('is what adjacent pixels have in common: none of noise, all of an even slope', () => {
    const uniform = uniforms(5);
    const noise = Float32Array.from({ length: 64 * 64 }, () => uniform());
    // 1/12 is the variance of the noise; its covariance has an error of 1/12/√8064.
    assert.ok(Math.abs(adjacentCovariance(noise, [64, 64, 1])) < 4 / 12 / Math.sqrt(8064));
    assert.equal(adjacentCovariance(Float32Array.from([0, 1, 0, 1]), [1, 4, 1]), -0.25);
    const [whole, view] = [4, 1];
    const seen = Array.from({ length: 10 }, (_, i) => ({ whole: whole + (i % 2), view, from: 32, to: 8 }));
    const left = got(detailLeft(seen), 'detail');
    assert.ok(Math.abs(left.share - 1 / 4.5) < 1e-12);
    assert.ok(left.significance > 20);
  });
});
