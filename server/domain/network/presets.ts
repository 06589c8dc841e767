import type { MapShape } from '../config.ts';

/** An entry of a preset, as a run file writes it. */
export type PresetEntry = Readonly<Record<string, unknown>>;

const conv = (kernel: number, filters: number, options: { stride?: number; count?: number } = {}): PresetEntry[] =>
  Array.from({ length: options.count ?? 1 }, () => ({ conv: { filters, kernel, stride: options.stride ?? 1 } }));

const pool = (size: number): PresetEntry => ({ max_pool: { size } });

/** Two fully connected layers of 4096 and the logits; the large models drop half of the first two's outputs. */
const head = (classes: number, dropout: number): PresetEntry[] => [
  { dense: { units: 4096, dropout } },
  { dense: { units: 4096, dropout } },
  { dense: { units: classes } },
];

/** Paper, Table 1 (model E of He & Sun, "CNNs at constrained time cost"); `extra` layers of 256 make 30 of 14 (Figure 3). */
const small =
  (extra: number) =>
  (classes: number): PresetEntry[] => [
    ...conv(7, 64, { stride: 2 }),
    pool(3),
    ...conv(2, 128, { count: 4 }),
    pool(2),
    ...conv(2, 256, { count: 6 + extra }),
    { spp: [6, 3, 2, 1] },
    ...head(classes, 0),
  ];

/** Paper, Table 3, columns A to C: a strided 7×7 layer, then three stages of equal 3×3 layers, then a pyramid. */
const large =
  (widths: readonly [number, number, number], count: number) =>
  (classes: number): PresetEntry[] => [
    ...conv(7, 96, { stride: 2 }),
    pool(2),
    ...conv(3, widths[0], { count }),
    pool(2),
    ...conv(3, widths[1], { count }),
    pool(2),
    ...conv(3, widths[2], { count }),
    { spp: [7, 3, 2, 1] },
    ...head(classes, 0.5),
  ];

/** The VGG team's networks: stages of 3×3 layers, each followed by a pool of 2. */
const vgg =
  (counts: readonly [number, number, number, number, number]) =>
  (classes: number): PresetEntry[] => [
    ...[64, 128, 256, 512, 512].flatMap((filters, stage) => [
      ...conv(3, filters, { count: counts[stage] ?? 0 }),
      pool(2),
    ]),
    ...head(classes, 0.5),
  ];

/** The names for `network.preset`. */
export const presetNames = ['small_14', 'small_30', 'vgg_19', 'model_a', 'model_b', 'model_c', 'vgg_b_10'] as const;
export type PresetName = (typeof presetNames)[number];

/** Input of every preset: a 224×224 colour image (paper, section 4). */
export const presetInput: MapShape = [224, 224, 3];

/** Logits of a preset if the run file doesn't set them: the classes of ImageNet. */
export const presetClasses = 1000;

/** The layers of a network of the paper (its section 3), with as many logits as classes. */
export const presetLayers: Readonly<Record<PresetName, (classes: number) => PresetEntry[]>> = {
  small_14: small(0),
  small_30: small(16),
  vgg_19: vgg([2, 2, 4, 4, 4]),
  model_a: large([256, 512, 512], 5),
  model_b: large([256, 512, 512], 6),
  model_c: large([384, 768, 896], 6),
  vgg_b_10: vgg([2, 2, 2, 2, 2]),
};
