/** A look at images before training: folders and IDX files with one fault each, and sound ones, in which nothing is found. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import sharp from 'sharp';
import { inspectData } from '../../server/data/inspect.ts';
import { placeNetwork } from '../../server/domain/network/network.ts';
import { surveyedData } from '../../server/domain/survey/survey.ts';
import { checkRunFile } from '../../server/run-file/check.ts';
import { readRunFile } from '../../server/run-file/read.ts';
import { withFolder, writeSplit } from '../support/idx.ts';
import { writePicture } from '../support/image-folders.ts';
import { uniforms } from '../support/random.ts';
import { got } from '../support/tensor.ts';

const SIDE = 12;

interface Look {
  readonly data?: string;
  readonly channels?: number;
  readonly side?: number;
  readonly units?: number;
}

const runFile = ({ data = '', channels = 1, side = SIDE, units = 2 }: Look) => `version: 1
data: {source: data${data}}
network:
  input: [${side}, ${side}, ${channels}]
  layers:
    - dense: {units: ${units}}
train: {batch_size: 8, steps: 3, learning_rate: 0.01}
`;

/** The rules that say something of the data in a folder, and what was found. */
async function look(folder: string, options: Look = {}) {
  const text = runFile(options);
  const { config } = readRunFile(text, { fileName: 'a.rectiscope.yaml', folder, forCheck: true });
  const own = got(config, 'config');
  const facts = got(await inspectData(own, placeNetwork(own.network)), 'facts');
  const { checked } = checkRunFile(text, { fileName: 'a.rectiscope.yaml', folder, data: facts });
  return {
    rules: got(checked, 'checked').findings.map(({ rule, cause }) => (cause ? `${rule} < ${cause}` : rule)),
    survey: surveyedData(facts.survey, got(own.data, 'data')),
    facts,
  };
}

/** Grey pictures with a light bar: across in class 0, upright in class 1. */
function bars(seed: number, count: number, change: (value: number) => number = (value) => value) {
  const uniform = uniforms(seed);
  const labels = Array.from({ length: count }, (_, i) => i % 2);
  const images = labels.flatMap((label) => {
    const at = 2 + Math.floor(uniform() * (SIDE - 5));
    return Array.from({ length: SIDE * SIDE }, (_, i) => {
      const place = label === 0 ? Math.floor(i / SIDE) : i % SIDE;
      return change(Math.floor((place >= at && place < at + 3 ? 180 : 40) + 40 * uniform()));
    });
  });
  return { shape: [count, SIDE, SIDE], images, labels };
}

type Bars = ReturnType<typeof bars>;

/** IDX files of sound bars, with what is changed in train and in validation. */
const inIdx = (
  change: {
    train?: (own: Bars) => Parameters<typeof writeSplit>[2];
    val?: (own: Bars) => Parameters<typeof writeSplit>[2];
  },
  options: Look = {},
) =>
  withFolder(async (folder) => {
    const data = join(folder, 'data');
    mkdirSync(data);
    const [train, val] = [bars(1, 80), bars(2, 40)];
    writeSplit(data, 'train', change.train?.(train) ?? train);
    writeSplit(data, 't10k', change.val?.(val) ?? val);
    return look(folder, options);
  });

/** A folder of image files; `draw` gives the bytes [12, 12, 3] of a picture. */
const inFiles = (
  draw: (label: number, uniform: () => number) => Uint8Array,
  options: Look & { classes?: readonly string[] } = {},
) =>
  withFolder(async (folder) => {
    const uniform = uniforms(7);
    for (const [split, count] of [
      ['train', 24],
      ['val', 10],
    ] as const)
      for (const [label, name] of (options.classes ?? ['one', 'two']).entries())
        for (let i = 0; i < count; i++)
          await writePicture(join(folder, 'data', split, name, `${i}.png`), {
            height: SIDE,
            width: SIDE,
            values: draw(label, uniform),
          });
    return look(folder, { channels: 3, ...options });
  });

const colored = (label: number, uniform: () => number) => {
  const level = 60 + 80 * uniform();
  return Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, i) => {
    const bright = label === 0 ? i % 3 === 0 : i % 3 === 1;
    // What a grey image is made of: green counts more than red.
    return bright ? (label === 0 ? level : level * 0.55) + 8 * uniform() : 8 * uniform();
  });
};

describe('a look at IDX files', () => {
  it('finds nothing in sound ones, and says how many it looked at', async () => {
    const { rules, survey, facts } = await inIdx({});
    assert.deepEqual(rules, []);
    assert.deepEqual(
      [survey.looked, survey.counts],
      [
        { train: 80, val: 40 },
        { train: 80, val: 40 },
      ],
    );
    assert.ok((survey.neighbours?.accuracy ?? 0) > 0.9);
    assert.deepEqual(facts.classCounts, [40, 40]);
    assert.ok(Math.abs((facts.input?.deviation ?? 0) - 1) < 1e-3);
  });

  for (const { what, change, options = {}, rules } of [
    {
      what: 'examples in the order of their classes',
      change: { train: (own: Bars) => sorted(own) },
      options: { data: ', shuffle: false' },
      rules: ['unshuffled-examples'],
    },
    { what: 'that order where they are shuffled', change: { train: (own: Bars) => sorted(own) }, rules: [] },
    {
      what: 'negatives in validation',
      change: { val: () => bars(2, 40, (value) => 255 - value) },
      rules: ['validation-prepared-differently'],
    },
    {
      what: 'exchanged labels of validation',
      change: { val: (own: Bars) => ({ ...own, labels: own.labels.map((label) => 1 - label) }) },
      rules: ['validation-labels-permuted'],
    },
    {
      what: 'validation images that are in train',
      change: { val: () => bars(1, 80) },
      rules: ['validation-overlaps-training'],
    },
    {
      what: 'images of one colour',
      change: { train: (own: Bars) => ({ ...own, images: own.images.map(() => 9) }) },
      rules: [
        'constant-images',
        'duplicates-across-classes < constant-images',
        'validation-prepared-differently < constant-images',
      ],
    },
    {
      what: 'a pixel that is no number',
      change: {
        train: (own: Bars) => ({
          ...own,
          type: 'float32' as const,
          images: own.images.map((value, i) => (i === 5 * SIDE * SIDE ? Number.NaN : value)),
        }),
        val: (own: Bars) => ({ ...own, type: 'float32' as const }),
      },
      rules: ['non-finite-data'],
    },
    {
      what: 'one class',
      change: {
        train: (own: Bars) => ({ ...own, labels: own.labels.map(() => 1) }),
        val: (own: Bars) => ({ ...own, labels: own.labels.map(() => 1) }),
      },
      rules: ['single-class', 'class-imbalance < single-class'],
    },
    {
      what: 'labels from 1 with a logit to spare',
      change: {
        train: (own: Bars) => ({ ...own, labels: own.labels.map((label) => label + 1) }),
        val: (own: Bars) => ({ ...own, labels: own.labels.map((label) => label + 1) }),
      },
      options: { units: 3 },
      rules: ['labels-out-of-range', 'class-imbalance < labels-out-of-range'],
    },
  ] as const)
    it(`finds ${what}`, async () => assert.deepEqual((await inIdx(change, options)).rules, rules));

  it('names the example whose label is far off, and refuses it where there are too few logits', async () => {
    const far = (own: Bars) => ({ ...own, labels: own.labels.map((label, i) => (i === 7 ? 90 : label)) });
    await assert.rejects(
      inIdx({ train: far }),
      /Label 90 of example 7 of train is out of range: the others go from 0 to 1/,
    );
    const { rules, survey } = await inIdx({ train: far }, { units: 91 });
    assert.deepEqual(rules.slice(0, 1), ['labels-out-of-range']);
    assert.equal(survey.labelFault?.where, 'example 7 of train');
  });
});

const sorted = ({ shape, images, labels }: Bars): Bars => {
  const order = labels.map((_, i) => i).toSorted((a, b) => (labels[a] ?? 0) - (labels[b] ?? 0));
  const size = SIDE * SIDE;
  return {
    shape,
    images: order.flatMap((i) => images.slice(i * size, (i + 1) * size)),
    labels: order.map((i) => labels[i] ?? 0),
  };
};

describe('a look at image files', () => {
  it('finds that colours are lost in grey, and nothing where they are not', async () => {
    const grey = await inFiles(colored, { channels: 1 });
    assert.deepEqual(grey.rules, ['color-read-as-grey']);
    assert.deepEqual((await inFiles(colored)).rules, []);
  });

  it('finds a picture that is in the transparency alone', () =>
    withFolder(async (folder) => {
      const uniform = uniforms(3);
      for (const split of ['train', 'val'])
        for (const name of ['one', 'two']) {
          mkdirSync(join(folder, 'data', split, name), { recursive: true });
          for (let i = 0; i < 12; i++) {
            const values = Uint8Array.from({ length: SIDE * SIDE * 4 }, (_, j) =>
              j % 4 === 3 ? 255 * uniform() : 255,
            );
            const image = sharp(values, { raw: { width: SIDE, height: SIDE, channels: 4 } });
            writeFileSync(join(folder, 'data', split, name, `${i}.png`), await image.png().toBuffer());
          }
        }
      const { rules, survey } = await look(folder, { channels: 3 });
      assert.equal(rules[0], 'constant-images');
      assert.deepEqual([survey.constant.images, survey.constant.transparent], [24, 24]);
    }));

  it('finds classes that a mirror exchanges', async () => {
    const half = (label: number, uniform: () => number) =>
      Uint8Array.from(
        { length: SIDE * SIDE * 3 },
        (_, i) => (Math.floor(i / 3) % SIDE < SIDE / 2 === (label === 0) ? 200 : 40) + 30 * uniform(),
      );
    assert.deepEqual((await inFiles(half, { data: ', augment: {flip: true}' })).rules, [
      'augmentation-destroys-labels',
    ]);
    assert.deepEqual((await inFiles(half)).rules, []);
    assert.deepEqual((await inFiles(half, { data: ', augment: {flip: true}', classes: ['left', 'right'] })).rules, [
      'augmentation-destroys-labels',
    ]);
  });

  it('finds a crop beside the object', async () => {
    /** A light spot in a corner: in class 1 with a dark middle. */
    const corner = (label: number, uniform: () => number) =>
      Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, i) => {
        const [y, x] = [Math.floor(i / 3 / SIDE), Math.floor(i / 3) % SIDE];
        const isInside = y < 3 && x < 3 && !(label === 1 && y === 1 && x === 1);
        return (isInside ? 220 : 40) + 10 * uniform();
      });
    assert.deepEqual((await inFiles(corner, { side: 4, data: ', augment: {crop: 4}' })).rules, ['object-vanishes']);
    assert.deepEqual((await inFiles(corner)).rules, []);
  });
});
