import { z } from 'zod';
import { activationSchema, initSchema } from '../domain/layers/weighted-settings.ts';
import { presetNames } from '../domain/network/presets.ts';
import { ruleIds } from '../domain/rules/rule-ids.ts';
import { documented, durationText, expectations, real, whole } from '../domain/settings/fields.ts';
import { labelPattern } from '../protocol/label.ts';
import { layerSchema } from './layer-schema.ts';
import { trainSchema } from './train-schema.ts';

/**
 * The run file: every key with its meaning, unit, bounds and default. Messages, completion, hovers and the JSON Schema
 * for other editors all come from here.
 */

const examples = (description: string) => whole({ min: 1, max: 1_000_000_000 }, { description, unit: 'examples' });

const pixels = z.int().min(1).max(65_536);

const augmentSchema = documented(
  z.strictObject({
    resize: documented(z.union([pixels, z.tuple([pixels, pixels])]), {
      description:
        'Shorter side of an image: one number, or a range from which it is drawn for every training image. Testing uses the middle of the range.',
      unit: 'pixels',
    })
      .register(expectations, { expected: 'a number of pixels, or a range such as `[256, 512]`' })
      .optional(),
    crop: whole(
      { min: 1, max: 65_536 },
      {
        description: 'Side of the square crop, that of `network.input`: random in training, centre in testing.',
        unit: 'pixels',
      },
    ).optional(),
    flip: documented(z.boolean(), { description: 'Mirror half of the training images.', default: false }).optional(),
    color: documented(z.enum(['pca']), {
      description:
        'PCA lighting noise (Krizhevsky et al.): shifts an image’s colours along the principal components of all images.',
    }).optional(),
  }),
  { description: 'Random changes of training images.' },
);

const dataSchema = documented(
  z.strictObject({
    source: documented(z.string().min(1).max(4096), {
      description:
        '`fashion-mnist` (bundled: 1,280 training and 200 validation images of each of ten classes), or a folder relative to this file: train/ and val/ with one folder of images per class, or the four IDX files.',
    }).register(expectations, { expected: '`fashion-mnist`, or the path of a folder' }),
    limit: documented(
      z.strictObject({
        train: examples('Training examples to use.').optional(),
        val: examples('Validation examples to use.').optional(),
      }),
      { description: 'Use only the first examples after a shuffle by the seed. Default: all.' },
    ).optional(),
    validation: real(
      { min: 0, below: 1 },
      {
        description: 'Share of the training examples taken for validation if the source has none.',
        unit: 'share from 0 to 1',
        default: 0.1,
      },
    ).optional(),
    normalize: documented(z.enum(['standardize', 'per_pixel_mean', 'none']), {
      description:
        '`standardize`: mean 0 and standard deviation 1 of the training set, per channel. `per_pixel_mean`: subtract the mean image. `none`: pixels from 0 to 1.',
      default: 'standardize',
    }).optional(),
    shuffle: documented(z.boolean(), {
      description: 'Shuffle the training examples every epoch; false: the order of the files.',
      default: true,
    }).optional(),
    augment: augmentSchema.optional(),
    max_pixels: whole(
      { min: 1, max: 1_000_000_000 },
      { description: 'Larger images are bad files; they are not decoded.', unit: 'pixels', default: 50_000_000 },
    ).optional(),
    bad_files: documented(z.enum(['refuse', 'skip']), {
      description:
        'Image files that can’t be used are found before the first step. `refuse`: the run fails and lists them. `skip`: it leaves them out and lists them.',
      default: 'refuse',
    }).optional(),
    cache_mb: whole(
      { min: 0, max: 1_000_000 },
      {
        description: 'Memory for decoded images; the rest is decoded again every epoch. Does not change results.',
        unit: 'MiB',
        default: 1024,
      },
    ).optional(),
  }),
  { description: 'The training data. May be left out for `check`: the input is then noise of unit variance.' },
);

const side = z.int().min(1).max(16_384);

const networkSchema = documented(
  z.strictObject({
    preset: documented(z.enum(presetNames), {
      description: 'A network of the paper, instead of `layers`.',
    }).optional(),
    classes: whole(
      { min: 2, max: 1_000_000 },
      {
        description: 'Logits of a preset; with `layers`, the units of the last layer.',
        unit: 'classes',
        default: 1000,
      },
    ).optional(),
    input: documented(z.tuple([side, side, side]), {
      description: 'Height, width and channels of an example. A preset brings its own, 224 × 224 × 3.',
      unit: 'pixels, pixels, channels',
    })
      .register(expectations, { expected: '`[height, width, channels]`, three whole numbers, such as `[28, 28, 1]`' })
      .optional(),
    activation: activationSchema.optional(),
    init: initSchema.optional(),
    init_scale: real(
      { above: 0, max: 10 },
      {
        description:
          'A factor on the standard deviation of every weight. If the input is not normalised, a small factor keeps its size from overflowing the softmax, such as 128^(−1/L) for pixels within ±128 and L layers (0.85 for 30). A normalised input needs 1.',
        default: 1,
        unit: 'factor',
      },
    ).optional(),
    layers: documented(z.array(layerSchema).min(1), {
      description: 'The layers from the image to the logits.',
    })
      .register(expectations, { expected: 'a list of layers, each on a line that starts with `- `' })
      .optional(),
  }),
  { description: 'The network: its input, its layers, and the settings of all layers.' },
).register(expectations, { expected: 'a mapping with `input` and `layers`, or with `preset`' });

const evaluateSchema = documented(
  z.strictObject({
    every: durationText({
      description: 'How often the network is tested: `1 epoch` or `200 steps`.',
      default: '1 epoch',
    }).optional(),
    views: documented(z.enum(['center', 'ten', 'dense']), {
      description:
        'Crops of a test image whose scores are averaged: the centre; ten (centre and corners, and mirrored); or dense: every window of the last map, also of the mirrored image.',
      default: 'center',
    }).optional(),
    scales: documented(z.array(z.int().min(1).max(65_536)).min(1), {
      description: 'Shorter sides of a test image, scores averaged. Default: one, the middle of `augment.resize`.',
      unit: 'pixels',
    }).optional(),
  }),
  { description: 'How the network is tested.' },
);

const diagnoseSchema = documented(
  z.strictObject({
    probe_every: durationText({
      description: 'How often every layer is measured; steps 1, 2 and 5 are measured in any case.',
      default: '10 steps',
    }).optional(),
    stop_on: documented(z.array(z.enum(['stalled', 'diverged'])), {
      description:
        'Findings that stop a run. `plateaued` is not one of them: a constant loss does no harm, and a schedule may be about to drop the rate.',
      default: ['diverged'],
    }).optional(),
    ignore: documented(z.array(z.enum(ruleIds)), { description: 'Rules that stay silent.', default: [] }).optional(),
  }),
  { description: 'What is measured during a run, and which findings stop it.' },
);

/** A run file as it is written, defaults not filled in. */
export const runFileSchema = documented(
  z.strictObject({
    version: documented(z.literal(1), { description: 'Version of the run file’s format.', default: 1 }).optional(),
    name: documented(z.string().regex(labelPattern), {
      description: 'The run’s name in lists and charts. Default: the file’s name.',
    })
      .register(expectations, { expected: 'a text of 1 to 200 characters, without line breaks' })
      .optional(),
    seed: whole(
      { min: 0, max: 4_294_967_295 },
      { description: 'Everything random in a run follows from it.', unit: 'whole number', default: 1 },
    ).optional(),
    data: dataSchema.optional(),
    network: networkSchema,
    train: trainSchema.optional(),
    evaluate: evaluateSchema.optional(),
    diagnose: diagnoseSchema.optional(),
  }),
  { description: 'A run of Rectiscope: one training from one configuration.' },
).register(expectations, { expected: 'a mapping with the keys `data`, `network` and `train`' });

export type RunFileInput = z.infer<typeof runFileSchema>;
