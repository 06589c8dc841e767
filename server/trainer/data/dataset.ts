/** The examples of a run: limited, split, normalised, and put in order by the seed alone. */
import { createHash } from 'node:crypto';
import { type Extent, resizedExtent } from '../../domain/augmentation/view.ts';
import type { DataConfig, MapShape } from '../../domain/config.ts';
import { mapSize } from '../../domain/network/size.ts';
import { RandomStream } from '../../domain/random/stream.ts';
import type { InputStatistics } from '../../domain/rules/observation.ts';
import { RunFailure } from '../failure.ts';
import type { Image, RawImage, TestImage } from './image.ts';
import { BadImage, decodeImage, readImageBytes } from './image-file.ts';
import { type Normalization, normalize, PixelSums } from './normalization.ts';
import { resample } from './resample.ts';
import { type RawData, type RawSplit, readSource } from './source.ts';

/** Training images whose statistics stand for all: their mean is known to half a per cent. */
const STATISTICS_EXAMPLES = 2000;

export type SplitName = 'train' | 'val';

/** Some of the examples of a split, in a fixed order. */
class Split {
  readonly count: number;
  readonly #raw: RawSplit;
  readonly #chosen: Uint32Array;

  constructor(raw: RawSplit, chosen: Uint32Array) {
    this.#raw = raw;
    this.#chosen = chosen;
    this.count = chosen.length;
  }

  label(i: number): number {
    return this.#raw.labels[this.#chosen[i] ?? 0] ?? 0;
  }

  /** One image's raw values: bytes are scaled to 0..1, numbers taken as they are. */
  copy(i: number, to: Float32Array): void {
    const { images } = this.#raw;
    const begin = (this.#chosen[i] ?? 0) * to.length;
    const scale = images instanceof Uint8Array ? 1 / 255 : 1;
    for (let j = 0; j < to.length; j++) to[j] = (images[begin + j] ?? 0) * scale;
  }

  /** One whole image as it is kept. */
  image(i: number, [height, width, channels]: MapShape): RawImage {
    const length = height * width * channels;
    const begin = (this.#chosen[i] ?? 0) * length;
    return { height, width, channels, values: this.#raw.images.subarray(begin, begin + length) };
  }

  /** Where an example is in the files, from 0. */
  place(i: number): number {
    return this.#chosen[i] ?? 0;
  }

  /** The first k examples of this split, and the others. */
  divide(k: number): [Split, Split] {
    return [new Split(this.#raw, this.#chosen.subarray(0, k)), new Split(this.#raw, this.#chosen.subarray(k))];
  }

  counts(classes: number): number[] {
    const counts = new Array<number>(classes).fill(0);
    for (let i = 0; i < this.count; i++) counts[this.label(i)] = (counts[this.label(i)] ?? 0) + 1;
    return counts;
  }
}

/** Statistics of the training examples. */
function normalizationOf(train: Split, shape: MapShape, kind: DataConfig['normalize']): Normalization {
  if (kind === 'none') return { kind };
  const sums = new PixelSums(shape);
  const image = new Float32Array(mapSize(shape));
  for (let i = 0; i < train.count; i++) {
    train.copy(i, image);
    sums.add(image);
  }
  return sums.normalization(kind);
}

/** All that a run asks of its data. */
export class Dataset {
  readonly shape: MapShape;
  readonly classes: readonly string[];
  readonly trainCount: number;
  readonly valCount: number;
  /** Training examples of each class. */
  readonly classCounts: readonly number[];
  /** SHA-256 over all examples used, their labels and their order in the files. */
  readonly hash: string;
  /** Of the training images as the network gets them. */
  readonly statistics: InputStatistics;
  readonly #train: Split;
  readonly #val: Split;
  /** Of every image, from those of training. */
  readonly normalization: Normalization;
  readonly #seed: number;
  readonly #shuffle: boolean;
  #order: { epoch: number; order: Uint32Array } | undefined;

  constructor(raw: RawData, config: DataConfig, seed: number) {
    const all = (split: RawSplit, limit: number | undefined, name: string) => {
      const order = Uint32Array.from({ length: split.count }, (_, i) => i);
      if (limit === undefined || limit >= split.count) return new Split(split, order);
      return new Split(
        split,
        new RandomStream({ seed, purpose: 'limit', name }).permutation(split.count).slice(0, limit),
      );
    };
    const { train: trainLimit, val: valLimit } = config.limit;
    if (raw.val) {
      this.#train = all(raw.train, trainLimit, 'train');
      this.#val = all(raw.val, valLimit, 'val');
    } else {
      const order = new RandomStream({ seed, purpose: 'validation' }).permutation(raw.train.count);
      const [val, train] = new Split(raw.train, order).divide(Math.round(config.validation * raw.train.count));
      this.#train = train.divide(trainLimit ?? train.count)[0];
      this.#val = val.divide(valLimit ?? val.count)[0];
    }
    this.shape = raw.shape;
    this.classes = raw.classes;
    this.trainCount = this.#train.count;
    this.valCount = this.#val.count;
    this.classCounts = this.#train.counts(raw.classes.length);
    this.normalization = normalizationOf(this.#train, raw.shape, config.normalize);
    this.#seed = seed;
    this.#shuffle = config.shuffle;
    this.hash = hashOf(raw);
    this.statistics = this.#measure();
  }

  /** Fill the batch of a step, counted from 1: examples (step − 1)·batch … of the endless row of epochs. */
  async trainBatch(step: number, images: Float32Array, labels: Int32Array): Promise<void> {
    const first = (step - 1) * labels.length;
    for (let i = 0; i < labels.length; i++) this.#fill(this.#train, this.#trainIndex(first + i), { images, labels, i });
  }

  /** Fill with examples begin, begin + 1, … of a split in its own order; returns how many there were. */
  async testBatch(
    split: SplitName,
    begin: number,
    { images, labels }: { images: Float32Array; labels: Int32Array },
  ): Promise<number> {
    const from = this.#split(split);
    const count = Math.min(labels.length, from.count - begin);
    for (let i = 0; i < count; i++) this.#fill(from, begin + i, { images, labels, i });
    return count;
  }

  /**
   * The whole of a test image, not normalised: its shorter side resized to `shorterSide` pixels, its aspect kept. Without
   * one it has the size at which centre crops are taken in testing.
   */
  async testImage(split: SplitName, i: number, shorterSide?: number): Promise<TestImage> {
    const from = this.#split(split);
    return { ...sized(from.image(i, this.shape), shorterSide), label: from.label(i) };
  }

  /** Normalise an image of any size in place, as training does; a mean image is stretched where the size differs. */
  normalize(pixels: Float32Array, extent: Extent): void {
    normalize(this.normalization, pixels, extent);
  }

  /** What an example is called: its file, or its place in the files. */
  exampleName(split: SplitName, i: number): string {
    return `${split} ${this.#split(split).place(i)}`;
  }

  /** Ends what works ahead. */
  async close(): Promise<void> {}

  #split(name: SplitName): Split {
    return name === 'train' ? this.#train : this.#val;
  }

  #measure(): InputStatistics {
    const count = Math.min(STATISTICS_EXAMPLES, this.trainCount);
    const length = mapSize(this.shape);
    const images = new Float32Array(length);
    const labels = new Int32Array(1);
    let sum = 0;
    let squares = 0;
    let squaredMeans = 0;
    for (let i = 0; i < count; i++) {
      this.#fill(this.#train, i, { images, labels, i: 0 });
      let own = 0;
      for (const value of images) {
        own += value;
        squares += value * value;
      }
      sum += own;
      squaredMeans += (own / length) ** 2;
    }
    const mean = sum / (count * length);
    const meanSquare = squares / (count * length);
    return {
      mean,
      meanSquare,
      deviation: Math.sqrt(Math.max(0, meanSquare - mean * mean)),
      correlation: meanSquare > 0 ? squaredMeans / count / meanSquare : 0,
    };
  }

  #trainIndex(position: number): number {
    const epoch = Math.floor(position / this.trainCount);
    const within = position % this.trainCount;
    if (!this.#shuffle) return within;
    if (this.#order?.epoch !== epoch) {
      const stream = new RandomStream({ seed: this.#seed, purpose: 'order', index: epoch });
      this.#order = { epoch, order: stream.permutation(this.trainCount) };
    }
    return this.#order.order[within] ?? 0;
  }

  #fill(
    split: Split,
    index: number,
    { images, labels, i }: { images: Float32Array; labels: Int32Array; i: number },
  ): void {
    const length = mapSize(this.shape);
    const image = images.subarray(i * length, (i + 1) * length);
    split.copy(index, image);
    normalize(this.normalization, image, { height: this.shape[0], width: this.shape[1] });
    labels[i] = split.label(index);
  }
}

function sized(image: RawImage, shorterSide: number | undefined): Image {
  const extent = resizedExtent(image, shorterSide);
  return { ...extent, pixels: resample(image, extent) };
}

/** Read one image file as the data of a run is read, not normalised. Throws a RunFailure that names the file. */
export async function loadImage(
  path: string,
  { channels, maxPixels, shorterSide }: { channels: 1 | 3; maxPixels: number; shorterSide?: number },
): Promise<Image> {
  try {
    return sized(await decodeImage(await readImageBytes(path), { channels, maxPixels }), shorterSide);
  } catch (error) {
    if (error instanceof BadImage) throw new RunFailure(`${path} can't be used: ${error.message}.`);
    throw error;
  }
}

function hashOf({ shape, train, val }: RawData): string {
  const hash = createHash('sha256').update(JSON.stringify(shape));
  for (const split of val ? [train, val] : [train]) hash.update(bytesOf(split.images)).update(bytesOf(split.labels));
  return hash.digest('hex');
}

const bytesOf = (array: Uint8Array | Uint16Array | Float32Array) =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

/** Read and check the data of a run against its network; throws a RunFailure that names what does not fit. */
export async function openDataset(
  config: DataConfig,
  options: { seed: number; input: MapShape; classes: number; batchSize: number },
): Promise<Dataset> {
  const raw = await readSource(config.source);
  if (String(raw.shape) !== String(options.input))
    throw new RunFailure(
      `network.input is [${options.input.join(', ')}], but the images are ${raw.shape.join('×')}: write \`input: [${raw.shape.join(', ')}]\`.`,
      ['network', 'input'],
    );
  if (raw.classes.length > options.classes)
    throw new RunFailure(
      `the data has ${raw.classes.length} classes, the network ${options.classes} logits: give the last layer ${raw.classes.length} units.`,
      ['network'],
    );
  const dataset = new Dataset(raw, config, options.seed);
  if (dataset.trainCount < options.batchSize)
    throw new RunFailure(
      `train.batch_size is ${options.batchSize}, but there are ${dataset.trainCount} training examples.`,
      ['train', 'batch_size'],
    );
  if (dataset.valCount === 0)
    throw new RunFailure(
      'there is no validation example: give `data.validation` a share above 0, or the source a `t10k-…` pair.',
      ['data'],
    );
  return dataset;
}
