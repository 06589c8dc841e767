/** The examples of a run, in the order that the seed gives, prepared ahead of the step. */
import type { Extent } from '../domain/augmentation/view.ts';
import type { AugmentConfig, MapShape } from '../domain/config.ts';
import type { InputStatistics } from '../domain/propagation/input-statistics.ts';
import { RandomStream } from '../domain/random/stream.ts';
import { mapSize } from '../domain/shapes/size.ts';
import { RunFailure } from '../run-file/run-failure.ts';
import { Ahead } from './ahead.ts';
import type { Examples, Preparation, Wanted } from './examples.ts';
import type { ImageSet, SplitName, TestImage } from './image.ts';
import { BadImage } from './image-file.ts';
import { InputSums } from './input-sums.ts';
import { normalize } from './normalization.ts';
import type { Pool } from './pool.ts';
import type { Split } from './splits.ts';

/** Training images whose statistics stand for all: their mean is known to half a per cent. */
const STATISTICS_EXAMPLES = 2000;
const STATISTICS_BATCH = 16;

/** What a checkpoint keeps of the data: a run that goes on uses it as it was. */
export interface SavedData {
  readonly preparation: Preparation;
  readonly statistics: InputStatistics;
  /** Files that are left out, relative to the source. */
  readonly bad: readonly string[];
}

/** One file of a run, relative to the source, and the SHA-256 of its bytes. */
export interface DataFile {
  readonly path: string;
  readonly digest: string;
}

/** All that a data set is made of. */
export interface DatasetParts {
  readonly shape: MapShape;
  readonly classes: readonly string[];
  readonly splits: Readonly<Record<SplitName, Split>>;
  readonly sets: Readonly<Partial<Record<SplitName, ImageSet>>>;
  readonly hash: string;
  readonly files: readonly DataFile[];
  readonly notices: readonly string[];
  readonly bad: readonly string[];
  readonly preparation: Preparation;
  readonly augment: AugmentConfig;
  readonly seed: number;
  readonly shuffle: boolean;
  readonly examples: Examples;
  /** Absent where a batch is only copied: a thread would cost more than it does. */
  readonly pool: Pool | undefined;
}

interface Batch {
  readonly images: Float32Array;
  readonly labels: Int32Array;
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
  /** Where the source is a folder of images: its files that are used, in order. */
  readonly files: readonly DataFile[];
  /** What a user should know of the data. */
  readonly notices: readonly string[];
  readonly #parts: DatasetParts;
  readonly #ahead: Readonly<Record<'steps' | SplitName, Ahead>> | undefined;
  #statistics: InputStatistics | undefined;
  #order: { epoch: number; order: Uint32Array } | undefined;

  private constructor(parts: DatasetParts) {
    const { splits, pool, shape } = parts;
    this.#parts = parts;
    this.shape = shape;
    this.classes = parts.classes;
    this.trainCount = splits.train.count;
    this.valCount = splits.val.count;
    const counts = new Array<number>(parts.classes.length).fill(0);
    for (const label of splits.train.labels) counts[label] = (counts[label] ?? 0) + 1;
    this.classCounts = counts;
    this.hash = parts.hash;
    this.files = parts.files;
    this.notices = parts.notices;
    const length = mapSize(shape);
    const tested = (name: SplitName) =>
      pool && new Ahead({ pool, length, examplesAt: (begin, most) => this.#tested(splits[name], begin, most) });
    const [train, val] = [tested('train'), tested('val')];
    this.#ahead = pool &&
      train &&
      val && {
        steps: new Ahead({ pool, length, examplesAt: (step, size) => this.#trained(step, size) }),
        train,
        val,
      };
  }

  /** Put a data set together; statistics are measured where a checkpoint has none. */
  static async of(parts: DatasetParts, statistics?: InputStatistics): Promise<Dataset> {
    const dataset = new Dataset(parts);
    dataset.#statistics = statistics ?? (await dataset.#measure());
    return dataset;
  }

  /** Of the training images as the network gets them in testing. */
  get statistics(): InputStatistics {
    if (!this.#statistics) throw new Error('the statistics have not been measured');
    return this.#statistics;
  }

  /** For the checkpoint. */
  get saved(): SavedData {
    const { preparation, bad } = this.#parts;
    return { preparation, statistics: this.statistics, bad };
  }

  /** Fill the batch of a step, counted from 1: examples (step − 1)·batch … of the endless row of epochs. */
  async trainBatch(step: number, images: Float32Array, labels: Int32Array): Promise<void> {
    const { train } = this.#parts.splits;
    const first = (step - 1) * labels.length;
    for (let i = 0; i < labels.length; i++) labels[i] = train.labels[this.#trainIndex(first + i)] ?? 0;
    if (this.#ahead) await this.#ahead.steps.take(step, 1, images);
    else await this.#fill(this.#trained(step, labels.length), images);
  }

  /**
   * Fill with the views of testing of examples begin, begin + 1, … of a split in its own order; returns how many there
   * were.
   */
  async testBatch(name: SplitName, begin: number, { images, labels }: Batch): Promise<number> {
    const split = this.#parts.splits[name];
    const wanted = this.#tested(split, begin, labels.length);
    labels.set(split.labels.subarray(begin, begin + wanted.length));
    if (this.#ahead && wanted.length > 0) await this.#ahead[name].take(begin, labels.length, images);
    else await this.#fill(wanted, images);
    return wanted.length;
  }

  /** Fill with the views of testing of training examples, by their places in the split. */
  async plainBatch(places: readonly number[], { images, labels }: Batch): Promise<void> {
    const { set, indices, labels: own } = this.#parts.splits.train;
    labels.set(places.map((place) => own[place] ?? 0));
    await this.#fill(
      places.map((place) => ({ set, index: indices[place] ?? 0 })),
      images,
    );
  }

  /**
   * The whole of a test image, not normalised: its shorter side resized to `shorterSide` pixels, its aspect kept. Without
   * one it has the size at which centre crops are taken in testing: the middle of `augment.resize`, or its own.
   */
  async testImage(name: SplitName, i: number, shorterSide?: number): Promise<TestImage> {
    const { splits, examples, pool } = this.#parts;
    const { set, indices, labels } = splits[name];
    const example: Wanted = { set, index: indices[i] ?? 0 };
    try {
      const image = await (pool
        ? pool.run<'whole'>({ kind: 'whole', example, shorterSide })
        : examples.whole(example, shorterSide));
      return { ...image, label: labels[i] ?? 0 };
    } catch (error) {
      if (error instanceof BadImage)
        throw new RunFailure(`${this.exampleName(name, i)} can no longer be used: ${error.message}.`);
      throw error;
    }
  }

  /** Normalise an image of any size in place, as training does; a mean image is stretched where the size differs. */
  normalize(pixels: Float32Array, extent: Extent): void {
    normalize(this.#parts.preparation.normalization, pixels, extent);
  }

  /** Labels of a split in its own order. */
  labels(name: SplitName): Uint16Array {
    return this.#parts.splits[name].labels;
  }

  /** What an example is called: its file, relative to the source, or its place in the files. */
  exampleName(name: SplitName, i: number): string {
    const { splits, sets } = this.#parts;
    const { set, indices } = splits[name];
    const images = sets[set];
    const index = indices[i] ?? 0;
    return images?.kind === 'files' ? (images.paths[index] ?? '') : `${set} ${index}`;
  }

  /** Ends what works ahead. */
  async close(): Promise<void> {
    await this.#parts.pool?.close();
  }

  #trained(step: number, size: number): Wanted[] {
    const { set, indices } = this.#parts.splits.train;
    return Array.from({ length: size }, (_, i) => {
      const place = (step - 1) * size + i;
      return { set, index: indices[this.#trainIndex(place)] ?? 0, place };
    });
  }

  #tested({ set, indices, count }: Split, begin: number, most: number): Wanted[] {
    return Array.from({ length: Math.max(0, Math.min(most, count - begin)) }, (_, i) => ({
      set,
      index: indices[begin + i] ?? 0,
    }));
  }

  async #fill(wanted: readonly Wanted[], images: Float32Array): Promise<void> {
    const length = mapSize(this.shape);
    for (const [i, one] of wanted.entries())
      await this.#parts.examples.fill(one, images.subarray(i * length, (i + 1) * length));
  }

  async #measure(): Promise<InputStatistics> {
    const count = Math.min(STATISTICS_EXAMPLES, this.trainCount);
    const length = mapSize(this.shape);
    const images = new Float32Array(STATISTICS_BATCH * length);
    const labels = new Int32Array(STATISTICS_BATCH);
    const sums = new InputSums();
    for (let begin = 0; begin < count; begin += STATISTICS_BATCH) {
      const filled = Math.min(await this.testBatch('train', begin, { images, labels }), count - begin);
      for (let i = 0; i < filled; i++) sums.add(images.subarray(i * length, (i + 1) * length));
    }
    return sums.statistics;
  }

  #trainIndex(position: number): number {
    const epoch = Math.floor(position / this.trainCount);
    const within = position % this.trainCount;
    if (!this.#parts.shuffle) return within;
    if (this.#order?.epoch !== epoch) {
      const stream = new RandomStream({ seed: this.#parts.seed, purpose: 'order', index: epoch });
      this.#order = { epoch, order: stream.permutation(this.trainCount) };
    }
    return this.#order.order[within] ?? 0;
  }
}
