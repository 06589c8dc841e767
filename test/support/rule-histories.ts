/** Histories of runs, drawn at random: whatever may happen to a rule. */
import fc from 'fast-check';
import type { Observation } from '../../server/domain/rules/observation.ts';

/** Numbers as trainings have them, now and then one that is none. */
const number = (min: number, max: number) =>
  fc.oneof(
    { weight: 12, arbitrary: fc.double({ min, max, noNaN: true }) },
    { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY) },
  );
const percent = fc.double({ min: 0, max: 100, noNaN: true });
const happening = fc.record({
  loss: number(0, 5),
  top1: percent,
  learningRate: fc.constantFrom(0.1, 0.01, 0.001),
  probed: fc.boolean(),
  size: fc.double({ min: -12, max: 3, noNaN: true }),
  dead: fc.constantFrom(0, 0.5, 1),
  evaluated: fc.integer({ min: 0, max: 3 }),
  other: number(0, 5),
});

/** A run: at each step a loss, sometimes a probe of these layers, sometimes an evaluation. */
export const historiesOf = (layers: readonly string[]): fc.Arbitrary<Observation[]> =>
  fc.array(happening, { minLength: 5, maxLength: 60 }).map((happenings) => {
    const observations: Observation[] = [{ kind: 'start' }];
    for (const [i, { loss, top1, learningRate, probed, size, dead, evaluated, other }] of happenings.entries()) {
      const step = i + 1;
      observations.push({ kind: 'step', step, loss, top1, learningRate });
      const layer = {
        gradientNorm: 10 ** size,
        weightNorm: 1,
        decayNorm: 0.01,
        updateRatio: 10 ** (size / 2),
        activationStd: 10 ** size,
        activationRms: 10 ** size,
        deadFraction: dead,
      };
      if (probed)
        observations.push({
          kind: 'probe',
          step,
          layers: layers.map((name) => ({ name, ...layer })),
        });
      if (evaluated === 0)
        observations.push({
          kind: 'evaluation',
          step,
          epoch: step / 5,
          loss: other,
          top1,
          trainLoss: loss,
          trainTop1: top1 / 2,
        });
    }
    return observations;
  });
