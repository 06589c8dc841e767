import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ErrorCounter } from '../../../server/domain/evaluation/metrics.ts';
import { meanScores, viewScores } from '../../../server/domain/evaluation/scores.ts';
import { normals } from '../../support/random.ts';

/** Softmax, plainly. */
function softmax(logits: readonly number[]): number[] {
  const powers = logits.map(Math.exp);
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

const near = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) < 1e-12, `${actual}, not ${expected}`);

describe('scores of views', () => {
  const normal = normals(4);
  // Single precision, as engines give them.
  const views = Array.from({ length: 7 }, () => Array.from({ length: 5 }, () => Math.fround(3 * normal())));

  it('are the mean of the views’ probabilities', () => {
    const scores = viewScores(Float32Array.from(views.flat()), 5);
    for (let k = 0; k < 5; k++) {
      const mean = views.map((view) => softmax(view)[k] ?? Number.NaN).reduce((a, b) => a + b, 0) / views.length;
      near(Math.exp(scores[k] ?? Number.NaN), mean);
    }
  });

  it('of scales and models are averaged with equal weights, however many views each has', () => {
    const a = viewScores(Float32Array.from(views.slice(0, 6).flat()), 5);
    const b = viewScores(Float32Array.from(views[6] ?? []), 5);
    const both = meanScores([a, b]);
    for (let k = 0; k < 5; k++)
      near(Math.exp(both[k] ?? Number.NaN), (Math.exp(a[k] ?? Number.NaN) + Math.exp(b[k] ?? Number.NaN)) / 2);
    assert.equal(meanScores([a]), a);
  });

  it('keep their size when probabilities would underflow', () => {
    const scores = viewScores(Float32Array.of(0, 2000, 0, 1000), 2);
    near(scores[1] ?? Number.NaN, 0);
    near(scores[0] ?? Number.NaN, -1000 - Math.log(2));
  });

  it('of NaN are NaN, and an error', () => {
    const scores = viewScores(Float32Array.of(Number.NaN, 1), 2);
    const counter = new ErrorCounter(2);
    counter.add(scores, [1]);
    assert.equal(counter.top1, 100);
  });
});

describe('errors by class', () => {
  const counter = new ErrorCounter(7, { worst: 2 });
  const likely = (label: number, strength: number) =>
    Array.from({ length: 7 }, (_, k) => (k === label ? strength : -k / 10));
  // Class 0: one of three wrong; class 1: all three wrong; class 6: never among the first five.
  const examples: [number, number[]][] = [
    [0, likely(0, 3)],
    [0, likely(0, 3)],
    [0, likely(2, 1)],
    [1, likely(3, 2)],
    [1, likely(4, 4)],
    [1, likely(5, 1)],
    [6, likely(0, 1)],
  ];
  for (const [label, scores] of examples) counter.add(Float64Array.from(scores), [label]);

  it('are counted', () => {
    assert.deepEqual(counter.classes, {
      examples: [3, 3, 0, 0, 0, 0, 1],
      top1: [1, 3, 0, 0, 0, 0, 1],
      top5: [0, 0, 0, 0, 0, 0, 1],
    });
  });

  it('name the worst examples of the worst classes, least score for their own class first', () => {
    assert.deepEqual(
      counter.worst.map(({ index, label, predicted }) => [index, label, predicted]),
      [
        [4, 1, 4],
        [3, 1, 3],
        [6, 6, 0],
        [2, 0, 2],
      ],
    );
    const [worst] = counter.worst;
    near(worst?.score ?? Number.NaN, softmax(likely(4, 4))[4] ?? 0);
    near(worst?.labelScore ?? Number.NaN, softmax(likely(4, 4))[1] ?? 0);
  });
});
