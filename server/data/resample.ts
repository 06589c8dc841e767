/**
 * Resizing in single precision, of the part of an image that is asked for alone. The library that decodes (sharp) resizes
 * bytes to bytes only: it would clip the numbers of float32 IDX files and round those of all others. The filter is the
 * triangle of Pillow's and torchvision's `bilinear` with antialiasing: interpolation where an image grows, an average
 * over the pixels that one stands for where it shrinks.
 */
import type { Extent, View } from '../domain/augmentation/view.ts';
import type { RawImage } from './image.ts';

/** For each place of a row: how it is made of `taps` source places from its first one on. */
interface Taps {
  readonly first: Int32Array;
  readonly taps: number;
  /** [places, taps]; those of a place sum to 1. */
  readonly weights: Float64Array;
}

/** Weights by which `count` places from `begin` on, of `to` places in all, are made of `from` places. */
function tapsOf(from: number, to: number, { begin, count }: { begin: number; count: number }): Taps {
  const scale = from / to;
  // An image that shrinks is averaged over as many pixels as become one.
  const support = Math.max(1, scale);
  const taps = Math.min(from, Math.ceil(2 * support) + 1);
  const first = new Int32Array(count);
  const weights = new Float64Array(count * taps);
  for (let i = 0; i < count; i++) {
    // Pixels are areas: the middle of the i-th is at i + ½.
    const center = (begin + i + 0.5) * scale;
    // Places that are too far away weigh 0; so many are taken for each that none of the near ones is missing.
    const low = Math.min(Math.max(0, Math.floor(center - support + 0.5)), from - taps);
    let sum = 0;
    for (let k = 0; k < taps; k++) {
      const weight = Math.max(0, 1 - Math.abs((low + k + 0.5 - center) / support));
      weights[i * taps + k] = weight;
      sum += weight;
    }
    for (let k = 0; k < taps; k++) weights[i * taps + k] = (weights[i * taps + k] as number) / sum;
    first[i] = low;
  }
  return { first, taps, weights };
}

/** Copy a rectangle, bytes scaled to 0..1. */
function copyWindow(
  image: RawImage,
  { top, left, flip }: View,
  { height, width, to }: Extent & { to: Float32Array },
): void {
  const { channels, values } = image;
  const scale = values instanceof Uint8Array ? 1 / 255 : 1;
  if (left === 0 && width === image.width && !flip) {
    // Whole rows follow each other: of a data set of small images this is most of what reading it takes.
    const begin = top * width * channels;
    const length = height * width * channels;
    for (let j = 0; j < length; j++) to[j] = (values[begin + j] ?? 0) * scale;
    return;
  }
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
  const firstRow = rows.first[0] as number;
  const lastRow = (rows.first[height - 1] as number) + rows.taps;
  const rowLength = width * channels;
  const across = new Float32Array((lastRow - firstRow) * rowLength);
  const from = { values, channels, rowLength: image.width * channels };
  for (let y = firstRow; y < lastRow; y++) {
    const to = across.subarray((y - firstRow) * rowLength, (y - firstRow + 1) * rowLength);
    (channels === 3 ? acrossColor : acrossAny)(from, { y, columns, to, flip, scale });
  }
  for (let y = 0; y < height; y++) {
    const begin = ((rows.first[y] as number) - firstRow) * rowLength;
    for (let j = 0; j < rowLength; j++) {
      let sum = 0;
      for (let k = 0; k < rows.taps; k++)
        sum += (rows.weights[y * rows.taps + k] as number) * (across[begin + k * rowLength + j] as number);
      to[y * rowLength + j] = sum;
    }
  }
}

interface Across {
  readonly y: number;
  readonly columns: Taps;
  readonly to: Float32Array;
  readonly flip: boolean;
  readonly scale: number;
}
type Rows = Pick<RawImage, 'values' | 'channels'> & { readonly rowLength: number };

/** One row, resized across. */
function acrossAny({ values, channels, rowLength }: Rows, { y, columns, to, flip, scale }: Across): void {
  const { first, taps, weights } = columns;
  const width = first.length;
  for (let x = 0; x < width; x++) {
    const begin = y * rowLength + (first[x] as number) * channels;
    const at = (flip ? width - 1 - x : x) * channels;
    for (let c = 0; c < channels; c++) {
      let sum = 0;
      for (let k = 0; k < taps; k++)
        sum += (weights[x * taps + k] as number) * (values[begin + k * channels + c] as number);
      to[at + c] = sum * scale;
    }
  }
}

/** The same of three channels at once, to the bit: twice as fast. */
function acrossColor({ values, rowLength }: Rows, { y, columns, to, flip, scale }: Across): void {
  const { first, taps, weights } = columns;
  const width = first.length;
  for (let x = 0; x < width; x++) {
    const begin = y * rowLength + (first[x] as number) * 3;
    const at = (flip ? width - 1 - x : x) * 3;
    let [r, g, b] = [0, 0, 0];
    for (let k = 0; k < taps; k++) {
      const weight = weights[x * taps + k] as number;
      const place = begin + 3 * k;
      r += weight * (values[place] as number);
      g += weight * (values[place + 1] as number);
      b += weight * (values[place + 2] as number);
    }
    to[at] = r * scale;
    to[at + 1] = g * scale;
    to[at + 2] = b * scale;
  }
}

/** A whole image at another size, not normalised. */
export function resample(image: RawImage, resized: Extent): Float32Array {
  const to = new Float32Array(resized.height * resized.width * image.channels);
  sampleView(image, { resized, top: 0, left: 0, flip: false }, { ...resized, to });
  return to;
}
