/** What a look at healthy images finds, and what it finds of images with one fault: for the rules' scenarios. */
import type { RuleId } from '../../server/domain/rules/rule-ids.ts';
import type { Confusion } from '../../server/domain/survey/neighbours.ts';
import type { PreparationDifference } from '../../server/domain/survey/preparation.ts';
import type { Survey, SurveyedData } from '../../server/domain/survey/survey.ts';

/** Ten classes of 40 images each; eight in ten have a neighbour of their class, two one of the next. */
const CLASSES = Array.from({ length: 10 }, (_, k) => `class ${k}`);

/** Counts of `each` images a class: most with a neighbour of class `to(k)`, the rest of the class after it. */
const confusion = (each: number, to: (label: number) => number = (label) => label): Confusion =>
  CLASSES.map((_, label) =>
    CLASSES.map((__, found) => (found === to(label) ? 0.8 * each : found === (to(label) + 1) % 10 ? 0.2 * each : 0)),
  );

/** Neighbours that know nothing. */
const even = (each: number): Confusion => CLASSES.map(() => CLASSES.map(() => each / 10));

const neighbours: NonNullable<Survey['neighbours']> = {
  accuracy: 0.8,
  guessing: 0.1,
  standardError: 0.015,
  examples: 400,
  train: confusion(40),
  val: { confusion: confusion(20), within: confusion(20), farFromTrain: 1 },
};

const HEALTHY: SurveyedData = {
  looked: { train: 400, val: 200 },
  counts: { train: 1000, val: 200 },
  classes: CLASSES,
  copies: {
    acrossClasses: { images: 0, compared: 1200, examples: [] },
    valInTrain: { images: 0, compared: 200, withinTrain: 0.01, examples: [] },
  },
  constant: { images: 0, looked: 400, transparent: 0, level: 0, alike: true, examples: [] },
  notFinite: { values: 0, images: 0, looked: 0, examples: [] },
  neighbours,
  augment: { flip: false },
};

const swapped = (label: number) => [3, 1, 2, 0][label] ?? label;
const leftAndRight = CLASSES.map((name, label) => ['left', 'right'][label] ?? name);

const differing = (change: Partial<PreparationDifference>): Partial<SurveyedData> => ({
  preparation: {
    ...{ what: 'border', train: 0.2, val: 0.8, spread: 0.06, significance: 80, pixelDeviation: 0.3 },
    ...change,
  },
});

/** A fault of images or labels, and what its rule measures. */
export interface SurveyScenario {
  readonly rule: RuleId;
  readonly name: string;
  readonly data: SurveyedData;
  readonly severity: 'error' | 'warning';
  readonly measured: number;
}

const scenario = (
  rule: RuleId,
  name: string,
  {
    change,
    severity = 'error',
    measured,
  }: { change: Partial<SurveyedData>; severity?: 'error' | 'warning'; measured: number },
): SurveyScenario => ({ rule, name, data: { ...HEALTHY, ...change }, severity, measured });

const copies = (change: Partial<SurveyedData['copies']>) => ({ copies: { ...HEALTHY.copies, ...change } });
const constant = (images: number, transparent: number) => ({
  constant: { images, looked: 400, transparent, level: 1, alike: true, examples: ['train/a/1.png'] },
});

export const SURVEY_SCENARIOS = [
  scenario('non-finite-data', 'one pixel', {
    change: { notFinite: { values: 1, images: 1, looked: 1000, examples: ['example 500 of train'] } },
    measured: 1,
  }),
  scenario('non-finite-data', 'whole images', {
    change: { notFinite: { values: 784, images: 2, looked: 1000, examples: ['example 7 of train'] } },
    measured: 784,
  }),
  scenario('labels-out-of-range', 'from 1', {
    change: { labelFault: { kind: 'from-one', largest: 10, logits: 11, where: 'example 3 of train' } },
    severity: 'warning',
    measured: 10,
  }),
  scenario('labels-out-of-range', 'one far off', {
    change: {
      labelFault: { kind: 'far-off', label: 37, examples: 1, most: 9, logits: 38, where: 'example 3 of train' },
    },
    severity: 'warning',
    measured: 37,
  }),
  scenario('constant-images', 'black', { change: constant(400, 0), measured: 1 }),
  scenario('constant-images', 'some transparent', { change: constant(100, 100), severity: 'warning', measured: 0.25 }),
  scenario('duplicates-across-classes', 'all', {
    change: copies({ acrossClasses: { images: 1200, compared: 1200, examples: ['train/a/1.png = train/b/1.png'] } }),
    measured: 1,
  }),
  scenario('duplicates-across-classes', 'some', {
    change: copies({ acrossClasses: { images: 60, compared: 1200, examples: ['train/a/1.png = train/b/1.png'] } }),
    severity: 'warning',
    measured: 0.05,
  }),
  scenario('labels-unrelated', 'of training', {
    change: {
      neighbours: {
        ...neighbours,
        accuracy: 0.11,
        train: even(40),
        val: { confusion: even(20), within: confusion(20), farFromTrain: 1 },
      },
    },
    measured: 0.11,
  }),
  scenario('labels-unrelated', 'of validation', {
    change: { neighbours: { ...neighbours, val: { confusion: even(20), within: even(20), farFromTrain: 1 } } },
    measured: 0.1,
  }),
  scenario('unshuffled-examples', 'sorted', {
    change: { order: { classes: 1.2, shuffled: 9.7, batchSize: 32 } },
    measured: 0.2 / 8.7,
  }),
  scenario('augmentation-destroys-labels', 'by the images', {
    change: {
      augment: { flip: true },
      neighbours: { ...neighbours, plain: confusion(40), mirrored: confusion(40, swapped) },
    },
    measured: 0.8,
  }),
  scenario('augmentation-destroys-labels', 'by the names', {
    change: { augment: { flip: true }, classes: leftAndRight },
    severity: 'warning',
    measured: 2,
  }),
  scenario('object-vanishes', 'resized', {
    change: {
      detail: { share: 0.2, significance: 30, images: 400, from: 32, to: 8 },
      neighbours: { ...neighbours, accuracy: 0.12 },
    },
    severity: 'warning',
    measured: 0.2,
  }),
  scenario('color-read-as-grey', 'red and green', {
    change: { color: { one: 0, other: 1, examples: 80, color: 1, grey: 0.55 } },
    severity: 'warning',
    measured: 0.55,
  }),
  scenario('validation-prepared-differently', 'negatives', {
    change: differing({ likeness: 'inverted' }),
    measured: 10,
  }),
  scenario('validation-prepared-differently', 'blue, green, red', {
    change: differing({ what: 'colour', likeness: 'channels' }),
    measured: 10,
  }),
  scenario('validation-prepared-differently', '0 to 255', {
    change: differing({ what: 'contrast', val: 80, likeness: 'scaled' }),
    measured: 1330,
  }),
  scenario('validation-prepared-differently', 'darker', { change: differing({ what: 'brightness' }), measured: 10 }),
  scenario('validation-labels-permuted', 'two exchanged', {
    change: {
      neighbours: { ...neighbours, val: { confusion: confusion(20, swapped), within: confusion(20), farFromTrain: 1 } },
    },
    measured: 0.8,
  }),
  scenario('validation-overlaps-training', 'all', {
    change: copies({
      valInTrain: { images: 200, compared: 200, withinTrain: 0, examples: ['val/a/1.png = train/a/1.png'] },
    }),
    measured: 1,
  }),
  scenario('validation-overlaps-training', 'a quarter', {
    change: copies({
      valInTrain: { images: 50, compared: 200, withinTrain: 0, examples: ['val/a/1.png = train/a/1.png'] },
    }),
    severity: 'warning',
    measured: 0.25,
  }),
];

/** A look at healthy images: no rule has anything to say. */
export const healthySurvey = (change: Partial<SurveyedData> = {}): SurveyedData => ({ ...HEALTHY, ...change });
