/**
 * Resizing in single precision, of the part of an image that is asked for alone. The library that decodes (sharp) resizes
 * bytes to bytes only: it would clip the numbers of float32 IDX files and round those of all others. The filter is the
 * triangle of Pillow's and torchvision's `bilinear` with antialiasing: interpolation where an image grows, an average
 * over the pixels that one stands for where it shrinks.
 */
import type { Extent, View } from '../../domain/augmentation/view.ts';
import type { RawImage } from './image.ts';

/** For each place of a row: the first source place, and the weights of it and those after it (they sum to 1). */
interface Taps {
  readonly first: Int32Array;
  readonly weights: readonly Float64Array[];
}

/** Weights by which `count` places from `begin` on, of `to` places in all, are made of `from` places. */
function tapsOf(from: number, to: number, { begin, count }: { begin: number; count: number }): Taps {
  const scale = from / to;
  // An image that shrinks is averaged over as many pixels as become one.
  const support = Math.max(1, scale);
  const first = new Int32Array(count);
  const weights: Float64Array[] = [];
  for (let i = 0; i < count; i++) {
    // Pixels are areas: the middle of the i-th is at i + ½.
    const center = (begin + i + 0.5) * scale;
    const low = Math.max(0, Math.floor(center - support + 0.5));
    const high = Math.min(from, Math.floor(center + support + 0.5));
    const own = Float64Array.from({ length: Math.max(1, high - low) }, (_, k) =>
      Math.max(0, 1 - Math.abs((low + k + 0.5 - center) / support)),
    );
    const sum = own.reduce((total, weight) => total + weight, 0);
    first[i] = low;
    weights.push(own.map((weight) => weight / sum));
  }
  return { first, weights };
}

/** Copy a rectangle, bytes scaled to 0..1. */
function copyWindow(
  image: RawImage,
  { top, left, flip }: View,
  { height, width, to }: Extent & { to: Float32Array },
): void {
  const { channels, values } = image;
  const scale = values instanceof Uint8Array ? 1 / 255 : 1;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const from = ((top + y) * image.width + left + x) * channels;
      const at = (y * width + (flip ? width - 1 - x : x)) * channels;
      for (let c = 0; c < channels; c++) to[at + c] = (values[from + c] ?? 0) * scale;
    }
}

/**
 * Write a view of an image, bytes scaled to 0..1: `to` is [height, width, channels] of the rectangle that begins at the
 * view's place in the resized image. A view that is not resized is the image's own numbers.
 */
export function sampleView(image: RawImage, view: View, window: Extent & { readonly to: Float32Array }): void {
  const { resized, top, left, flip } = view;
  if (resized.height === image.height && resized.width === image.width) return copyWindow(image, view, window);
  const { channels, values } = image;
  const { height, width, to } = window;
  const rows = tapsOf(image.height, resized.height, { begin: top, count: height });
  const columns = tapsOf(image.width, resized.width, { begin: left, count: width });
  const scale = values instanceof Uint8Array ? 1 / 255 : 1;
  // Rows of the source that the window needs, resized across; each once.
  const firstRow = rows.first[0] ?? 0;
  const lastRow = (rows.first[height - 1] ?? 0) + (rows.weights[height - 1]?.length ?? 0);
  const across = new Float32Array((lastRow - firstRow) * width * channels);
  for (let y = firstRow; y < lastRow; y++)
    for (let x = 0; x < width; x++) {
      const weights = columns.weights[x] as Float64Array;
      const begin = (y * image.width + (columns.first[x] as number)) * channels;
      const at = ((y - firstRow) * width + (flip ? width - 1 - x : x)) * channels;
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let k = 0; k < weights.length; k++)
          sum += (weights[k] as number) * (values[begin + k * channels + c] as number);
        across[at + c] = sum * scale;
      }
    }
  const rowLength = width * channels;
  for (let y = 0; y < height; y++) {
    const weights = rows.weights[y] as Float64Array;
    const begin = ((rows.first[y] as number) - firstRow) * rowLength;
    for (let j = 0; j < rowLength; j++) {
      let sum = 0;
      for (let k = 0; k < weights.length; k++)
        sum += (weights[k] as number) * (across[begin + k * rowLength + j] as number);
      to[y * rowLength + j] = sum;
    }
  }
}

/** A whole image at another size, not normalised. */
export function resample(image: RawImage, resized: Extent): Float32Array {
  const to = new Float32Array(resized.height * resized.width * image.channels);
  sampleView(image, { resized, top: 0, left: 0, flip: false }, { ...resized, to });
  return to;
}
