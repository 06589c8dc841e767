/**
 * An image as a short row of numbers, for nearest neighbours: its pixels, the same without its brightness and contrast, the amounts of
 * its spatial frequencies (which do not change where an object moves), and its colours.
 */
import type { MapShape } from '../config.ts';

/** An image of at most `SIDE` pixels a side. */
export interface SmallImage {
  readonly shape: MapShape;
  readonly pixels: Float32Array;
}

const SIDE = 16;

/** Shrink an image by whole factors, averaging, until no side is longer than 16. */
export function shrink(pixels: Float32Array, [height, width, channels]: MapShape): SmallImage {
  const factor = Math.ceil(Math.max(height, width) / SIDE);
  const [h, w] = [Math.ceil(height / factor), Math.ceil(width / factor)];
  const small = new Float32Array(h * w * channels);
  const counts = new Float32Array(h * w);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const at = Math.floor(y / factor) * w + Math.floor(x / factor);
      counts[at] = (counts[at] ?? 0) + 1;
      for (let c = 0; c < channels; c++) {
        const j = at * channels + c;
        small[j] = (small[j] ?? 0) + (pixels[(y * width + x) * channels + c] ?? 0);
      }
    }
  for (let j = 0; j < small.length; j++) small[j] = (small[j] ?? 0) / (counts[Math.floor(j / channels)] ?? 1);
  return { shape: [h, w, channels], pixels: small };
}

/** Left and right exchanged. */
export function mirror({ shape, pixels }: SmallImage): SmallImage {
  const [height, width, channels] = shape;
  const mirrored = new Float32Array(pixels.length);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < channels; c++)
        mirrored[(y * width + width - 1 - x) * channels + c] = pixels[(y * width + x) * channels + c] ?? 0;
  return { shape, pixels: mirrored };
}

/** One channel: the mean of all. */
function greyOf({ shape: [height, width, channels], pixels }: SmallImage): Float32Array {
  const grey = new Float32Array(height * width);
  for (let j = 0; j < pixels.length; j++) {
    const at = Math.floor(j / channels);
    grey[at] = (grey[at] ?? 0) + (pixels[j] ?? 0) / channels;
  }
  return grey;
}

/** Mean 0 and standard deviation 1; zeros where all are equal. */
function standardised(values: Float32Array): Float32Array {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  const scale = square > 0 ? 1 / Math.sqrt(square) : 0;
  return values.map((value) => (value - mean) * scale);
}

/** cos(2π k/n) for k = 0 … n − 1. */
const COSINES = new Map<number, Float64Array>();
function cosines(n: number): Float64Array {
  const known = COSINES.get(n) ?? Float64Array.from({ length: n }, (_, k) => Math.cos((2 * Math.PI * k) / n));
  COSINES.set(n, known);
  return known;
}

/** A table of complex numbers. */
interface Complex {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

const zeros = (length: number): Complex => ({ re: new Float64Array(length), im: new Float64Array(length) });

/** Σ value · exp(−2πi k x/n) over a line of n numbers, `stride` apart from `begin` on; into place `at` of `to`. */
function transform(
  { re, im }: Complex,
  { begin, stride, n, k }: { begin: number; stride: number; n: number; k: number },
  { to, at }: { to: Complex; at: number },
): void {
  const table = cosines(4 * n);
  let [real, imaginary] = [0, 0];
  for (let x = 0; x < n; x++) {
    const angle = (4 * k * x) % (4 * n);
    const cos = table[angle] as number;
    // The sine is the cosine a quarter of a turn earlier.
    const sin = table[(angle + 3 * n) % (4 * n)] as number;
    const a = re[begin + x * stride] as number;
    const b = im[begin + x * stride] as number;
    real += a * cos + b * sin;
    imaginary += b * cos - a * sin;
  }
  to.re[at] = real;
  to.im[at] = imaginary;
}

/** Square roots of the amounts |F(u, v)| of the two-dimensional Fourier transform, the half that is not mirrored. */
function spectrum(image: SmallImage): Float32Array {
  const [height, width] = image.shape;
  const grey = { re: Float64Array.from(standardised(greyOf(image))), im: new Float64Array(height * width) };
  const half = Math.floor(width / 2) + 1;
  const [rows, all] = [zeros(height * half), zeros(height * half)];
  for (let y = 0; y < height; y++)
    for (let v = 0; v < half; v++)
      transform(grey, { begin: y * width, stride: 1, n: width, k: v }, { to: rows, at: y * half + v });
  for (let u = 0; u < height; u++)
    for (let v = 0; v < half; v++)
      transform(rows, { begin: v, stride: half, n: height, k: u }, { to: all, at: u * half + v });
  return Float32Array.from(all.re, (re, i) => Math.hypot(re, all.im[i] as number) ** 0.5);
}

/** Of each channel the mean and the standard deviation, and of each pair the mean difference. */
function colors({ shape: [, , channels], pixels }: SmallImage): Float32Array {
  const places = pixels.length / channels;
  const means = new Float64Array(channels);
  const squares = new Float64Array(channels);
  for (let j = 0; j < pixels.length; j++) {
    const c = j % channels;
    const value = pixels[j] ?? 0;
    means[c] = (means[c] ?? 0) + value / places;
    squares[c] = (squares[c] ?? 0) + value ** 2 / places;
  }
  const deviations = means.map((mean, c) => Math.sqrt(Math.max(0, (squares[c] ?? 0) - mean ** 2)));
  const differences = [...means].flatMap((one, c) => [...means.slice(c + 1)].map((other) => 3 * (one - other)));
  return Float32Array.from([...means, ...deviations, ...differences]);
}

/** Ways to describe an image; which one tells the classes apart best depends on the images. */
export const FEATURES: readonly ((image: SmallImage) => Float32Array)[] = [
  ({ pixels }) => pixels,
  ({ pixels }) => standardised(pixels),
  spectrum,
  colors,
];
