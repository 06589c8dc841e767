/** What confusion counts tell, on counts drawn from known causes: swapped classes, noise in the labels, and classes that are hard to tell apart. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Evaluation } from '../../../server/domain/rules/observation.ts';
import { diagnose, startDiagnosis } from '../../../server/domain/rules/rules.ts';
import { exchangedClasses, spreadOf } from '../../../server/domain/rules/validation.ts';
import { normals, uniforms } from '../../support/random.ts';
import { contextOf } from '../../support/rule-scenarios.ts';

const evaluationOf = (confusion: number[][], top1 = 30, trainTop1 = 20, at = 20): Evaluation => ({
  ...{ kind: 'evaluation', step: at, epoch: at / 20, loss: 1, trainLoss: 0.8 },
  ...{ top1, trainTop1, confusion },
});

/** Counts of a classifier of points in the plane that knows where each class lies: near classes are confused, far ones hardly ever. */
function hardTask(
  seed: number,
  { classes, examples, noise, spread = 0.45 }: { classes: number; examples: number; noise: number; spread?: number },
) {
  const normal = normals(seed);
  const uniform = uniforms(seed);
  const places = Array.from({ length: classes }, () => [normal(), normal()] as const);
  const confusion = places.map(() => new Array<number>(classes).fill(0));
  for (let i = 0; i < examples; i++) {
    const truth = i % classes;
    const [x, y] = places[truth] ?? [0, 0];
    const [a, b] = [x + spread * normal(), y + spread * normal()];
    const far = places.map(([px, py]) => (px - a) ** 2 + (py - b) ** 2);
    const label = uniform() < noise ? Math.floor(uniform() * classes) : truth;
    const row = confusion[label] ?? [];
    const predicted = far.indexOf(Math.min(...far));
    row[predicted] = (row[predicted] ?? 0) + 1;
  }
  return confusion;
}

/** Whether label noise is suspected where two evaluations show these counts. */
function isSuspected(confusion: number[][]): boolean {
  const classes = confusion.length;
  const context = contextOf({
    network: { layers: [{ conv: { filters: 4, kernel: 3 } }, { dense: { units: classes } }] },
    facts: { classCounts: new Array<number>(classes).fill(50) },
  });
  let state = startDiagnosis();
  return [20, 40].some((at) => {
    const judged = diagnose(state, evaluationOf(confusion, 30, 20, at), context);
    state = judged.state;
    return judged.findings.some(({ rule }) => rule === 'label-noise-suspected');
  });
}

describe('the counts of validation', () => {
  it('have the spread of a binomial distribution', () => {
    // Enumerated: Σ P(k)·(k/n − p)², apart from the formula.
    const [n, p] = [40, 0.3];
    let probability = (1 - p) ** n;
    let variance = 0;
    for (let k = 0; k <= n; k++) {
      variance += probability * (k / n - p) ** 2;
      probability *= ((n - k) / (k + 1)) * (p / (1 - p));
    }
    const counts = [
      [20, 0],
      [20, 0],
    ];
    // Rounding of forty products.
    assert.ok(Math.abs((spreadOf(evaluationOf(counts), 100 * p) ?? 0) - 100 * Math.sqrt(variance)) < 1e-9);
  });

  it('show which classes are taken for which, however many are', () => {
    const cycles = fc.record({
      order: fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 2 }),
      share: fc.double({ min: 0.65, max: 1, noNaN: true }),
      seed: fc.integer(),
    });
    fc.assert(
      fc.property(cycles, ({ order, share, seed }) => {
        const uniform = uniforms(seed);
        const mapping = new Map(order.map((label, i) => [label, order[(i + 1) % order.length] ?? 0]));
        const confusion = Array.from({ length: 8 }, (_, label) => {
          const row = new Array<number>(8).fill(0);
          for (let i = 0; i < 60; i++) {
            const to = uniform() < share + 0.1 ? (mapping.get(label) ?? label) : Math.floor(uniform() * 8);
            row[to] = (row[to] ?? 0) + 1;
          }
          return row;
        });
        assert.deepEqual(
          exchangedClasses(confusion).toSorted(([a], [b]) => a - b),
          [...mapping].toSorted(([a], [b]) => a - b),
        );
      }),
      { seed: 40, numRuns: 300 },
    );
  });

  it('show no swapped classes where they are only hard to tell apart, or all taken for one', () => {
    for (let seed = 1; seed <= 300; seed++)
      for (const classes of [2, 4, 10])
        assert.deepEqual(exchangedClasses(hardTask(seed, { classes, examples: 100, noise: 0 })), [], `seed ${seed}`);
    assert.deepEqual(
      exchangedClasses([
        [30, 0, 0],
        [30, 0, 0],
        [30, 0, 0],
      ]),
      [],
    );
  });

  it('are not taken for label noise in small sets and hard tasks with correct labels', () => {
    let alarms = 0;
    for (let seed = 1; seed <= 200; seed++)
      for (const classes of [3, 4, 6, 10])
        for (const examples of [80, 250, 1000])
          if (isSuspected(hardTask(seed, { classes, examples, noise: 0 }))) alarms++;
    assert.equal(alarms, 0);
  });

  it('show label noise where there is much of it, and enough counts', () => {
    let found = 0;
    for (let seed = 1; seed <= 40; seed++)
      if (isSuspected(hardTask(seed, { classes: 10, examples: 1000, noise: 0.4, spread: 0.25 }))) found++;
    assert.ok(found >= 30, `${found} of 40`);
  });
});
