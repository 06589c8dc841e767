/** The first images that a run's network gets, exactly as it gets them, and what their numbers are. */
import type { MapShape } from '../domain/config.ts';
import { mapSize } from '../domain/shapes/size.ts';
import type { Dataset } from './dataset.ts';
import type { SplitName } from './image.ts';

/** Images in the order in which the network gets them. */
export interface FedImages {
  readonly shape: MapShape;
  /** [images, height, width, channels], flat: after resizing, cutting, augmentation and normalisation. */
  readonly images: Float32Array;
  readonly labels: Int32Array;
}

/**
 * The first `count` images of a run, or all of the split where it has fewer: of train those of step 1, 2, … with the changes that the
 * seed draws for them; of val those that testing begins with.
 */
export async function readFedImages(
  dataset: Dataset,
  { split, count, batchSize }: { split: SplitName; count: number; batchSize: number },
): Promise<FedImages> {
  const length = mapSize(dataset.shape);
  const most = Math.min(count, split === 'train' ? dataset.trainCount : dataset.valCount);
  const images = new Float32Array(most * length);
  const labels = new Int32Array(most);
  const batch = { images: new Float32Array(batchSize * length), labels: new Int32Array(batchSize) };
  for (let begin = 0, step = 1; begin < most; begin += batchSize, step++) {
    if (split === 'train') await dataset.trainBatch(step, batch.images, batch.labels);
    else await dataset.testBatch('val', begin, batch);
    const n = Math.min(batchSize, most - begin);
    images.set(batch.images.subarray(0, n * length), begin * length);
    labels.set(batch.labels.subarray(0, n), begin);
  }
  return { shape: dataset.shape, images, labels };
}

/** The numbers of one channel: those that are finite, and how many are not. */
export interface ChannelStatistics {
  readonly mean: number;
  readonly deviation: number;
  readonly least: number;
  readonly greatest: number;
  readonly notFinite: number;
}

/** Statistics of every channel of images, in double precision; NaN where a channel has no finite number. */
export function channelStatistics({ shape, images }: Pick<FedImages, 'shape' | 'images'>): ChannelStatistics[] {
  const channels = shape[2];
  return Array.from({ length: channels }, (_, c) => {
    let [count, sum, notFinite] = [0, 0, 0];
    let [least, greatest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let i = c; i < images.length; i += channels) {
      const value = images[i] ?? 0;
      if (Number.isFinite(value)) {
        count++;
        sum += value;
        least = Math.min(least, value);
        greatest = Math.max(greatest, value);
      } else notFinite++;
    }
    const mean = sum / count;
    let squares = 0;
    for (let i = c; i < images.length; i += channels) {
      const value = images[i] ?? 0;
      if (Number.isFinite(value)) squares += (value - mean) ** 2;
    }
    const deviation = Math.sqrt(squares / count);
    return count === 0
      ? { mean: Number.NaN, deviation: Number.NaN, least: Number.NaN, greatest: Number.NaN, notFinite }
      : { mean, deviation, least, greatest, notFinite };
  });
}
