/** What the nearest neighbour of an image says of its label. A cheap classifier that nothing has to be trained for. */
import { FEATURES, mirror, type SmallImage } from './features.ts';

/** Images of a sample with their labels. */
export interface Labelled {
  readonly images: readonly SmallImage[];
  readonly labels: readonly number[];
}

/** Counts [label][label of the nearest neighbour]. */
export type Confusion = readonly (readonly number[])[];

export interface ValNeighbours {
  /** Images of val among those of train. */
  readonly confusion: Confusion;
  /** Images of val among the others of val: whether val's labels suit its own images. */
  readonly within: Confusion;
  /** Distance from val to the nearest of train over that within a set: about 1 where both are of one kind. */
  readonly farFromTrain: number;
}

export interface Neighbours {
  /** Share of training images whose nearest other training image has the same label, by the features that tell most. */
  readonly accuracy: number;
  /** The same where labels have nothing to do with images: Σ p² over the classes' shares p. */
  readonly guessing: number;
  /** Of the accuracy, at guessing. */
  readonly standardError: number;
  readonly examples: number;
  readonly train: Confusion;
  readonly val?: ValNeighbours;
  /** Where images are mirrored: those of train among the others, by their pixels, as they are and as in a mirror. */
  readonly plain?: Confusion;
  readonly mirrored?: Confusion;
}

/** More classes than this have too few images each in a sample. */
const MOST_CLASSES = 50;
const BLOCK = 32;
/** Fewer images decide nothing. */
const LEAST_IMAGES = 16;

interface Nearest {
  readonly at: number;
  readonly distance: number;
}

/** Squared; anything above `most` where it is more. A block at a time: to ask after every number takes longer than it spares. */
function distance(one: Float32Array, other: Float32Array, most: number): number {
  const { length } = one;
  let sum = 0;
  for (let k = 0; k < length && sum < most; ) {
    const end = Math.min(length, k + BLOCK);
    for (; k < end; k++) {
      const difference = (one[k] as number) - (other[k] as number);
      sum += difference * difference;
    }
  }
  return sum;
}

/** For each query the nearest of `among`; `except` skips the image at its own place. */
function nearest(queries: readonly Float32Array[], among: readonly Float32Array[], except: boolean): Nearest[] {
  return queries.map((query, i) => {
    let [best, at] = [Number.POSITIVE_INFINITY, -1];
    for (let j = 0; j < among.length; j++) {
      if (except && i === j) continue;
      const own = distance(query, among[j] as Float32Array, best);
      if (own < best) [best, at] = [own, j];
    }
    return { at, distance: Math.sqrt(best) };
  });
}

function confusionOf(labels: readonly number[], found: readonly (number | undefined)[], classes: number): number[][] {
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (const [i, label] of labels.entries()) {
    const other = found[i];
    const row = counts[label];
    if (row && other !== undefined) row[other] = (row[other] ?? 0) + 1;
  }
  return counts;
}

/** All of a confusion, and what lies on its diagonal. */
export function accuracyOf(confusion: Confusion): { readonly share: number; readonly examples: number } {
  let [right, all] = [0, 0];
  for (const [i, row] of confusion.entries()) {
    right += row[i] ?? 0;
    for (const count of row) all += count;
  }
  return { share: all > 0 ? right / all : 0, examples: all };
}

/** Leave-one-out confusion of images that one kind of feature describes. */
export const leaveOneOut = (rows: readonly Float32Array[], labels: readonly number[], classes: number): Confusion =>
  confusionOf(labels, labelsOf(nearest(rows, rows, true), labels), classes);

const labelsOf = (found: readonly Nearest[], labels: readonly number[]) => found.map(({ at }) => labels[at]);

const medianDistance = (found: readonly Nearest[]): number => {
  const sorted = found.map((one) => one.distance).toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
};

/** What is expected of neighbours by chance, for labels of these frequencies. */
function guessingOf(labels: readonly number[]): { guessing: number; standardError: number } {
  const shares = [...Map.groupBy(labels, (label) => label).values()].map(({ length }) => length / labels.length);
  const guessing = shares.reduce((sum, share) => sum + share ** 2, 0);
  return { guessing, standardError: Math.sqrt((guessing * (1 - guessing)) / labels.length) };
}

interface Tried {
  readonly feature: (typeof FEATURES)[number];
  readonly rows: readonly Float32Array[];
  readonly found: readonly Nearest[];
  readonly confusion: Confusion;
}

const tryAll = ({ images, labels }: Labelled, classes: number): Tried[] =>
  FEATURES.map((feature) => {
    const rows = images.map(feature);
    const found = nearest(rows, rows, true);
    return { feature, rows, found, confusion: confusionOf(labels, labelsOf(found, labels), classes) };
  });

const bestOf = (tried: readonly Tried[]): Tried =>
  tried.reduce((one, other) => (accuracyOf(other.confusion).share > accuracyOf(one.confusion).share ? other : one));

/** What val's images say of its labels. */
function validate(train: Labelled, val: Labelled, { tried, classes }: { tried: readonly Tried[]; classes: number }) {
  const best = bestOf(tried);
  const own = tryAll(val, classes);
  const ownBest = bestOf(own);
  const toTrain = own.map(({ rows }, kind) => nearest(rows, tried[kind]?.rows ?? [], false));
  const [byTrain, byVal] = [toTrain[tried.indexOf(best)] ?? [], toTrain[own.indexOf(ownBest)] ?? []];
  return {
    confusion: confusionOf(val.labels, labelsOf(byTrain, train.labels), classes),
    within: ownBest.confusion,
    farFromTrain: Math.max(
      medianDistance(byTrain) / medianDistance(best.found),
      medianDistance(byVal) / medianDistance(ownBest.found),
    ),
  };
}

/** Look for neighbours; undefined where images are too few, or classes too many. */
export function findNeighbours(
  train: Labelled,
  val: Labelled,
  { classes, mirrors }: { classes: number; mirrors: boolean },
): Neighbours | undefined {
  if (train.images.length < LEAST_IMAGES || classes > MOST_CLASSES) return undefined;
  const tried = tryAll(train, classes);
  const best = bestOf(tried);
  // Spatial frequencies and colours hardly change in a mirror: only pixels show it.
  const pixelwise = bestOf(tried.slice(0, 2));
  const mirrored = () => train.images.map((image) => pixelwise.feature(mirror(image)));
  return {
    accuracy: accuracyOf(best.confusion).share,
    ...guessingOf(train.labels),
    examples: train.images.length,
    train: best.confusion,
    ...(val.images.length >= LEAST_IMAGES && { val: validate(train, val, { tried, classes }) }),
    ...(mirrors && {
      plain: pixelwise.confusion,
      mirrored: confusionOf(train.labels, labelsOf(nearest(mirrored(), pixelwise.rows, true), train.labels), classes),
    }),
  };
}
