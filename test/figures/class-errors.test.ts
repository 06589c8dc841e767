/** Errors by class, and the difference of two evaluations by class. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type ClassErrorRow,
  classDifference,
  classRows,
  describeCounts,
  ends,
  formatPoints,
  lastByClass,
} from '../../server/figures/class-errors.ts';

const names = ['cat', 'dog', 'owl'];
const confusion = [
  [8, 2, 0],
  [0, 10, 0],
  [0, 0, 0],
];

describe('errors by class', () => {
  it('ascend, show what each class is mistaken for, and leave out classes without an image', () => {
    const class_errors = { examples: [10, 10, 0], top1: [2, 0, 0], top5: [1, 0, 0] };
    assert.deepEqual(classRows({ class_errors, confusion }, names), [
      { class: 'dog', label: 1, images: 10, top1: 0, top5: 0 },
      { class: 'cat', label: 0, images: 10, top1: 20, top5: 10, taken_for: 'dog', taken_count: 2 },
    ]);
  });

  it('are known without top-5 from the counts of older runs, and without counts if there are many classes', () => {
    assert.deepEqual(classRows({ confusion }, ['cat']), [
      { class: 'class 1', label: 1, images: 10, top1: 0 },
      { class: 'cat', label: 0, images: 10, top1: 20, taken_for: 'class 1', taken_count: 2 },
    ]);
    const class_errors = { examples: [4], top1: [1], top5: [0] };
    assert.deepEqual(classRows({ class_errors }, names), [{ class: 'cat', label: 0, images: 4, top1: 25, top5: 0 }]);
    assert.deepEqual(classRows({}, names), []);
  });

  it('with equal top-1 errors ascend by top-5', () => {
    const class_errors = { examples: [4, 4, 4], top1: [2, 2, 1], top5: [1, 0, 1] };
    assert.deepEqual(
      classRows({ class_errors }, names).map((row) => row.class),
      ['owl', 'dog', 'cat'],
    );
  });

  it('are those of the last evaluation that has them', () => {
    const told = { step: 1, confusion };
    const silent: { step: number; confusion?: number[][] } = { step: 2 };
    assert.equal(lastByClass([told, silent]), told);
    assert.equal(lastByClass([silent]), undefined);
  });
});

const rows = (errors: Record<string, [top1: number, top5?: number]>): ClassErrorRow[] =>
  Object.entries(errors).map(([name, [top1, top5]], label) => ({
    ...{ class: name, label, images: 10, top1 },
    ...(top5 !== undefined && { top5 }),
  }));

describe('the difference of two tests by class', () => {
  const first = rows({ cat: [30, 10], dog: [10, 0], owl: [20, 0], new: [1, 1] });
  const second = rows({ dog: [10, 5], owl: [50, 0], cat: [10, 0], old: [1, 1] });

  it('is of classes of the same name, ascending, and counts where the first is lower, equal, higher', () => {
    assert.deepEqual(classDifference(first, second), {
      top1: { lower: 1, equal: 1, higher: 1 },
      top5: { lower: 1, equal: 1, higher: 1 },
      classes: [
        { class: 'owl', top1: -30, top5: 0 },
        { class: 'dog', top1: 0, top5: -5 },
        { class: 'cat', top1: 20, top5: 10 },
      ],
    });
  });

  it('has no top-5 if one of the two has none', () => {
    const { top1, top5, classes } = classDifference(first, rows({ cat: [30], dog: [0] }));
    assert.deepEqual([top1, top5], [{ lower: 0, equal: 1, higher: 1 }, undefined]);
    assert.deepEqual(classes, [
      { class: 'cat', top1: 0 },
      { class: 'dog', top1: 10 },
    ]);
  });

  it('is described in words', () => {
    assert.equal(describeCounts({ lower: 3, equal: 0, higher: 7 }), 'lower in 3, equal in 0, higher in 7 classes');
    assert.deepEqual([-3, 0, 2.25].map(formatPoints), ['−3.0', '0.0', '+2.3']);
  });
});

describe('a long table', () => {
  it('shows its ends, and how many rows are left out', () => {
    assert.deepEqual(ends([1, 2, 3], 3), { first: [1, 2, 3], left: 0, last: [] });
    assert.deepEqual(ends([1, 2, 3, 4, 5, 6, 7], 4), { first: [1, 2], left: 3, last: [6, 7] });
  });
});
