/** Whether the images of validation are prepared as those of training: brightness, contrast, ground and colours, image by image. */
import type { MapShape } from '../config.ts';

/** Of one image, a number a channel each, in the unit of the images. */
export interface ImageStatistics {
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
  /** Mean of the outermost pixels. */
  readonly border: readonly number[];
  readonly least: number;
  readonly most: number;
}

/** What makes the images of val like those of train. */
export type Likeness = 'inverted' | 'channels' | 'scaled';

/** The statistic in which both differ most. */
export interface PreparationDifference {
  readonly what: 'brightness' | 'contrast' | 'border' | 'colour';
  /** Mean over the images. */
  readonly train: number;
  readonly val: number;
  /** Standard deviation between the images of train. */
  readonly spread: number;
  /** The difference in standard errors. */
  readonly significance: number;
  /** Standard deviation of all pixels of train: differences far below it do not matter. */
  readonly pixelDeviation: number;
  readonly likeness?: Likeness;
}

export function imageStatistics(pixels: Float32Array, [height, width, channels]: MapShape): ImageStatistics {
  const zeros = () => new Array<number>(channels).fill(0);
  const [sum, squares, border] = [zeros(), zeros(), zeros()];
  let [least, most, outer] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const isOuter = y === 0 || x === 0 || y === height - 1 || x === width - 1;
      if (isOuter) outer++;
      for (let c = 0; c < channels; c++) {
        const value = pixels[(y * width + x) * channels + c] ?? 0;
        sum[c] = (sum[c] ?? 0) + value;
        squares[c] = (squares[c] ?? 0) + value * value;
        if (isOuter) border[c] = (border[c] ?? 0) + value;
        if (value < least) least = value;
        if (value > most) most = value;
      }
    }
  const places = height * width;
  const mean = sum.map((total) => total / places);
  const deviation = mean.map((own, c) => Math.sqrt(Math.max(0, (squares[c] ?? 0) / places - own * own)));
  return { mean, deviation, border: border.map((total) => total / outer), least, most };
}

interface Set {
  readonly statistics: readonly ImageStatistics[];
  readonly labels: readonly number[];
}

const average = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const deviationOf = (values: readonly number[]): number => {
  const mean = average(values);
  return Math.sqrt(average(values.map((value) => (value - mean) ** 2)));
};

/** Numbers of an image that are compared. */
const COMPARED: Readonly<Record<PreparationDifference['what'], (image: ImageStatistics) => number>> = {
  brightness: ({ mean }) => average(mean),
  contrast: ({ deviation }) => average(deviation),
  border: ({ border }) => average(border),
  colour: ({ mean }) => (mean[0] ?? 0) - (mean.at(-1) ?? 0),
};

/** Mean of train as if its classes were as frequent as those of val: other shares of classes are no other preparation. */
function weightedMean(values: readonly number[], labels: readonly number[], wanted: readonly number[]): number {
  const byClass = Map.groupBy(values.keys(), (i) => labels[i] ?? 0);
  const means = new Map([...byClass].map(([label, at]) => [label, average(at.map((i) => values[i] ?? 0))]));
  const known = wanted.flatMap((label) => means.get(label) ?? []);
  return known.length > 0 ? average(known) : average(values);
}

type Compared = Omit<PreparationDifference, 'likeness' | 'pixelDeviation'>;

function compare(train: Set, val: Set): Compared[] {
  return (Object.keys(COMPARED) as (keyof typeof COMPARED)[]).map((what) => {
    const [own, other] = [train.statistics.map(COMPARED[what]), val.statistics.map(COMPARED[what])];
    const difference = average(other) - weightedMean(own, train.labels, val.labels);
    // Without any spread the least difference would count: a rounding of the images may.
    const spread = Math.max(deviationOf(own), 1e-4 * Math.abs(average(own)));
    const error = Math.max(spread, deviationOf(other)) * Math.sqrt(1 / own.length + 1 / other.length);
    const significance = error > 0 ? Math.abs(difference) / error : 0;
    return { what, train: average(own), val: average(other), spread, significance };
  });
}

const effect = ({ train, val, spread }: Compared): number => (spread > 0 ? Math.abs(val - train) / spread : 0);
const largest = (all: readonly Compared[]): Compared | undefined => all.toSorted((a, b) => effect(b) - effect(a))[0];

const map = (set: Set, change: (image: ImageStatistics) => ImageStatistics): Set => ({
  ...set,
  statistics: set.statistics.map(change),
});

/** What undoes each preparation, on the statistics. */
function undone(train: Set, val: Set): readonly (readonly [Likeness, Set])[] {
  const range = (set: Set) => [
    Math.min(...set.statistics.map(({ least }) => least)),
    Math.max(...set.statistics.map(({ most }) => most)),
  ];
  const [low = 0, high = 1] = range(train);
  const [from = 0, to = 1] = range(val);
  const invert = (value: number) => low + high - value;
  const factor = to > from ? (high - low) / (to - from) : 1;
  const rescale = (value: number) => low + (value - from) * factor;
  const each = (values: readonly number[], change: (value: number) => number) => values.map(change);
  return [
    [
      'inverted',
      map(val, (image) => ({ ...image, mean: each(image.mean, invert), border: each(image.border, invert) })),
    ],
    ['channels', map(val, (image) => ({ ...image, mean: image.mean.toReversed(), border: image.border.toReversed() }))],
    [
      'scaled',
      map(val, (image) => ({
        ...image,
        mean: each(image.mean, rescale),
        border: each(image.border, rescale),
        deviation: each(image.deviation, (value) => value * factor),
      })),
    ],
  ];
}

/** The largest difference between train and val, and what would undo it. Undefined where a set is empty. */
export function comparePreparation(train: Set, val: Set): PreparationDifference | undefined {
  if (train.statistics.length === 0 || val.statistics.length === 0) return undefined;
  const found = largest(compare(train, val));
  if (!found) return undefined;
  const within = average(train.statistics.map(({ deviation }) => average(deviation.map((one) => one ** 2))));
  const between = deviationOf(train.statistics.map(COMPARED.brightness)) ** 2;
  const left = undone(train, val)
    .map(([likeness, set]) => ({ likeness, left: effect(largest(compare(train, set)) ?? found) }))
    .toSorted((a, b) => a.left - b.left)[0];
  return {
    ...found,
    pixelDeviation: Math.sqrt(within + between),
    // It must undo most of it.
    ...(left && left.left < effect(found) / 3 && { likeness: left.likeness }),
  };
}
