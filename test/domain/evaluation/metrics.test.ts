import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ErrorCounter } from '../../../server/domain/evaluation/metrics.ts';

/** Errors of some examples, each its scores and its label. */
function errorsOf(examples: readonly (readonly [readonly number[], number])[], options = {}): ErrorCounter {
  const classes = examples[0]?.[0].length ?? 0;
  const counter = new ErrorCounter(classes, options);
  counter.add(
    Float32Array.from(examples.flatMap(([scores]) => scores)),
    examples.map(([, label]) => label),
  );
  return counter;
}

describe('top-1 and top-5 error', () => {
  it('count labels that are not the highest, or not among the five highest, in per cent', () => {
    const scores = [0, 1, 2, 3, 4, 5, 6];
    const counter = errorsOf([6, 5, 2, 1].map((label) => [scores, label]));
    assert.equal(counter.top1, 75);
    assert.equal(counter.top5, 25);
  });

  it('break a tie as a maximum does: the first class wins', () => {
    assert.equal(errorsOf([[[1, 1, 0], 0]]).top1, 0);
    assert.equal(errorsOf([[[1, 1, 0], 1]]).top1, 100);
    const equal = [2, 2, 2, 2, 2, 2];
    assert.equal(errorsOf([[equal, 4]]).top5, 0);
    assert.equal(errorsOf([[equal, 5]]).top5, 100);
  });

  it('of scores that are NaN are errors, never counted as right', () => {
    const nan = Number.NaN;
    assert.equal(errorsOf([[[nan, nan], 0]]).top1, 100);
    assert.equal(errorsOf([[[nan, 5], 1]]).top1, 100);
    assert.equal(errorsOf([[[nan, 5], 0]]).top1, 100);
    assert.equal(errorsOf([[[nan, nan, nan, nan, nan, nan], 0]]).top5, 100);
    assert.ok(Number.isNaN(errorsOf([[[nan, 1], 1]]).loss));
  });

  it('of fewer than six classes: none is outside the five highest', () => {
    assert.equal(errorsOf([[[5, 4, 3, 2, 1], 4]]).top5, 0);
  });

  it('agree with sorting', () => {
    const example = fc.tuple(
      fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 8, maxLength: 8 }),
      fc.integer({ min: 0, max: 7 }),
    );
    fc.assert(
      fc.property(fc.array(example, { minLength: 1, maxLength: 20 }), (examples) => {
        const counter = errorsOf(examples, { confusion: true });
        const order = (scores: readonly number[]) =>
          scores.map((_, k) => k).sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b);
        const share = (within: number) =>
          (100 * examples.filter(([scores, label]) => order(scores).indexOf(label) >= within).length) / examples.length;
        assert.equal(counter.top1, share(1));
        assert.equal(counter.top5, share(5));
        const confusion = Array.from({ length: 8 }, () => new Array<number>(8).fill(0));
        for (const [scores, label] of examples) {
          const row = confusion[label];
          const [predicted = 0] = order(scores);
          if (row) row[predicted] = (row[predicted] ?? 0) + 1;
        }
        assert.deepEqual(counter.confusion, confusion);
      }),
      { seed: 6, numRuns: 200 },
    );
  });
});

describe('the confusion matrix', () => {
  it('counts [label][predicted] over all batches, and only on request', () => {
    const counter = new ErrorCounter(3, { confusion: true });
    counter.add(Float32Array.of(3, 1, 1, 0, 0, 9), [0, 1]);
    counter.add(Float32Array.of(0, 5, 0, 7, 7, 7), [0]);
    assert.deepEqual(counter.confusion, [
      [1, 1, 0],
      [0, 0, 1],
      [0, 0, 0],
    ]);
    assert.equal(new ErrorCounter(3).confusion, undefined);
  });

  it('counts no example without a prediction', () => {
    assert.deepEqual(errorsOf([[[Number.NaN, 1], 0]], { confusion: true }).confusion, [
      [0, 0],
      [0, 0],
    ]);
  });
});

describe('cross-entropy', () => {
  it('is −ln of the label’s softmax, mean over examples', () => {
    const score = fc.double({ min: -30, max: 30, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(score, score, score), { minLength: 1, maxLength: 10 }), (rows) => {
        const counter = errorsOf(rows.map((row, i) => [row, i % 3]));
        // By products, not by logarithms: nothing overflows at these sizes.
        const losses = rows.map((row, i) => {
          const powers = row.map((value) => Math.exp(Math.fround(value)));
          return -Math.log((powers[i % 3] ?? 0) / powers.reduce((sum, power) => sum + power, 0));
        });
        const expected = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
        assert.ok(
          Math.abs(counter.loss - expected) <= 1e-12 * (1 + Math.abs(expected)),
          `${counter.loss}, not ${expected}`,
        );
      }),
      { seed: 8, numRuns: 200 },
    );
  });

  it('of huge scores is finite and exact', () => {
    assert.equal(errorsOf([[[1e30, -1e30], 0]]).loss, 0);
    assert.equal(errorsOf([[[0, 1024, -1024], 2]]).loss, 2048);
    assert.ok(Math.abs(errorsOf([[[1e6, 1e6], 0]]).loss - Math.LN2) < 1e-9);
    assert.ok(Math.abs(errorsOf([[[-1e6, -1e6, -1e6], 0]]).loss - Math.log(3)) < 1e-9);
  });

  it('of infinite scores is NaN', () => {
    assert.ok(!Number.isFinite(errorsOf([[[Number.POSITIVE_INFINITY, 0], 1]]).loss));
  });
});

describe('a counter', () => {
  it('adds up batches as if they were one', () => {
    const logits = Float32Array.from({ length: 30 }, (_, i) => Math.sin(i * i));
    const labels = [0, 1, 2, 0, 1, 2, 0, 1, 2, 0];
    const whole = new ErrorCounter(3);
    whole.add(logits, labels);
    const pieces = new ErrorCounter(3);
    pieces.add(logits.subarray(0, 12), labels.slice(0, 4));
    pieces.add(logits.subarray(12), labels.slice(4));
    assert.deepEqual([pieces.top1, pieces.top5], [whole.top1, whole.top5]);
    assert.ok(Math.abs(pieces.loss - whole.loss) < 1e-15);
  });

  it('counts as many rows as there are labels: the rest of a batch that is not full is not looked at', () => {
    const counter = new ErrorCounter(2);
    counter.add(Float32Array.of(1, 0, 0, 1, 9, 9), [0, 0]);
    assert.equal(counter.top1, 50);
  });
});
