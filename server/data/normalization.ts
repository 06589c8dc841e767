/** How pixels become what the network gets: value ← (value − mean) · scale. Plain data: it goes into the checkpoint. */
import { type ColorBasis, colorBasis } from '../domain/augmentation/color.ts';
import type { Extent } from '../domain/augmentation/view.ts';
import type { DataConfig, MapShape } from '../domain/config.ts';
import { mapSize } from '../domain/shapes/size.ts';
import { resample } from './resample.ts';

export type Normalization =
  | { readonly kind: 'none' }
  /** A mean and a factor for each channel. */
  | { readonly kind: 'standardize'; readonly mean: readonly number[]; readonly scale: readonly number[] }
  /** The mean image of the training set, of the network's input size. */
  | { readonly kind: 'per_pixel_mean'; readonly shape: MapShape; readonly mean: Float32Array };

/** Plain sums, in double precision; they go from a worker to the trainer. */
export interface Sums {
  readonly count: number;
  /** By place in the image: of values, and of their squares. */
  readonly sum: Float64Array;
  readonly squares: Float64Array;
  /** Products of two of three channels over all pixels: 01, 02, 12. Zeros where nobody asked. */
  readonly products: Float64Array;
}

/** Sums over the training images, of the size that the network gets. */
export class PixelSums {
  readonly shape: MapShape;
  readonly #wantsColor: boolean;
  #count = 0;
  readonly #sum: Float64Array;
  readonly #squares: Float64Array;
  readonly #products = new Float64Array(3);

  constructor(shape: MapShape, wantsColor = false) {
    this.shape = shape;
    this.#wantsColor = wantsColor;
    this.#sum = new Float64Array(mapSize(shape));
    this.#squares = new Float64Array(mapSize(shape));
  }

  get values(): Sums {
    return { count: this.#count, sum: this.#sum, squares: this.#squares, products: this.#products };
  }

  add(image: Float32Array): void {
    this.#count++;
    const [sum, squares] = [this.#sum, this.#squares];
    for (let j = 0; j < image.length; j++) {
      const value = image[j] ?? 0;
      sum[j] = (sum[j] ?? 0) + value;
      squares[j] = (squares[j] ?? 0) + value * value;
    }
    if (!this.#wantsColor) return;
    const own = [0, 0, 0];
    for (let j = 0; j < image.length; j += 3) {
      const [r, g, b] = [image[j] ?? 0, image[j + 1] ?? 0, image[j + 2] ?? 0];
      own[0] = (own[0] ?? 0) + r * g;
      own[1] = (own[1] ?? 0) + r * b;
      own[2] = (own[2] ?? 0) + g * b;
    }
    addTo(this.#products, own);
  }

  merge({ count, sum, squares, products }: Sums): void {
    this.#count += count;
    addTo(this.#sum, sum);
    addTo(this.#squares, squares);
    addTo(this.#products, products);
  }

  /** Principal components of the colours of all pixels, from 0 to 1. */
  colorBasis(): ColorBasis {
    const n = (this.#count * this.#sum.length) / 3;
    const over = (values: Float64Array, channel: number) => {
      let total = 0;
      for (let j = channel; j < values.length; j += 3) total += values[j] ?? 0;
      return total / n;
    };
    const means = [0, 1, 2].map((c) => over(this.#sum, c)) as [number, number, number];
    const [rg = 0, rb = 0, gb = 0] = [...this.#products].map((total) => total / n);
    const [r, g, b] = means;
    const variance = (c: 0 | 1 | 2) => over(this.#squares, c) - means[c] ** 2;
    return colorBasis([
      [variance(0), rg - r * g, rb - r * b],
      [rg - r * g, variance(1), gb - g * b],
      [rb - r * b, gb - g * b, variance(2)],
    ]);
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

function addTo(to: Float64Array, values: ArrayLike<number>): void {
  for (let j = 0; j < to.length; j++) to[j] = (to[j] ?? 0) + (values[j] ?? 0);
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
