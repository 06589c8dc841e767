/** How pixels become what the network gets: value ← (value − mean) · scale. Plain data: it goes into the checkpoint. */
import type { Extent } from '../../domain/augmentation/view.ts';
import type { DataConfig, MapShape } from '../../domain/config.ts';
import { mapSize } from '../../domain/network/size.ts';
import { resample } from './resample.ts';

export type Normalization =
  | { readonly kind: 'none' }
  /** A mean and a factor for each channel. */
  | { readonly kind: 'standardize'; readonly mean: readonly number[]; readonly scale: readonly number[] }
  /** The mean image of the training set, of the network's input size. */
  | { readonly kind: 'per_pixel_mean'; readonly shape: MapShape; readonly mean: Float32Array };

/** Sums over the training images, of the size that the network gets, in double precision. */
export class PixelSums {
  readonly shape: MapShape;
  #count = 0;
  readonly #sum: Float64Array;
  readonly #squares: Float64Array;

  constructor(shape: MapShape) {
    this.shape = shape;
    this.#sum = new Float64Array(mapSize(shape));
    this.#squares = new Float64Array(mapSize(shape));
  }

  add(image: Float32Array): void {
    this.#count++;
    for (let j = 0; j < image.length; j++) {
      const value = image[j] ?? 0;
      this.#sum[j] = (this.#sum[j] ?? 0) + value;
      this.#squares[j] = (this.#squares[j] ?? 0) + value * value;
    }
  }

  /** What the sums say of the images that were added. */
  normalization(kind: DataConfig['normalize']): Normalization {
    if (kind === 'none') return { kind };
    if (kind === 'per_pixel_mean')
      return { kind, shape: this.shape, mean: Float32Array.from(this.#sum, (sum) => sum / this.#count) };
    const channels = this.shape[2];
    const mean: number[] = [];
    const scale: number[] = [];
    for (let c = 0; c < channels; c++) {
      let total = 0;
      let totalSquares = 0;
      for (let j = c; j < this.#sum.length; j += channels) {
        total += this.#sum[j] ?? 0;
        totalSquares += this.#squares[j] ?? 0;
      }
      const n = (this.#count * this.#sum.length) / channels;
      const average = total / n;
      const deviation = Math.sqrt(Math.max(0, totalSquares / n - average * average));
      mean.push(average);
      // A channel that is the same everywhere says nothing: it becomes zeros.
      scale.push(deviation > 0 ? 1 / deviation : 1);
    }
    return { kind, mean, scale };
  }
}

/**
 * Normalise an image in place. The mean image is stretched where the image has another size than the network's input,
 * bilinearly, and is itself where it has that size.
 */
export function normalize(normalization: Normalization, pixels: Float32Array, { height, width }: Extent): void {
  if (normalization.kind === 'none') return;
  if (normalization.kind === 'standardize') {
    const { mean, scale } = normalization;
    const channels = mean.length;
    for (let j = 0; j < pixels.length; j++)
      pixels[j] = ((pixels[j] ?? 0) - (mean[j % channels] ?? 0)) * (scale[j % channels] ?? 1);
    return;
  }
  const [ownHeight, ownWidth, channels] = normalization.shape;
  const same = ownHeight === height && ownWidth === width;
  const own = { height: ownHeight, width: ownWidth, channels, values: normalization.mean };
  const mean = same ? normalization.mean : resample(own, { height, width });
  for (let j = 0; j < pixels.length; j++) pixels[j] = (pixels[j] ?? 0) - (mean[j] ?? 0);
}
