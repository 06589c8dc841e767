/** Structure of an image: what adjacent pixels have in common. Noise has none, an object of a few pixels has much. */
import type { MapShape } from '../config.ts';

/** How much of the structure of an image is left in what the network sees of it. */
export interface DetailLeft {
  /** Covariance of adjacent pixels in the network's view over that in the whole image. */
  readonly share: number;
  /** That of the whole images, in standard errors: noise alone has none. */
  readonly significance: number;
  readonly images: number;
  /** Shorter side of the whole image (median) and of what the network sees of it, pixels. */
  readonly from: number;
  readonly to: number;
}

/** Covariance of horizontally and vertically adjacent pixels, averaged over both and the channels, in (unit of the images)². */
export function adjacentCovariance(pixels: Float32Array, [height, width, channels]: MapShape): number {
  let total = 0;
  for (let c = 0; c < channels; c++) {
    const at = (y: number, x: number) => pixels[(y * width + x) * channels + c] ?? 0;
    let mean = 0;
    for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) mean += at(y, x);
    mean /= height * width;
    let [sum, pairs] = [0, 0];
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const own = at(y, x) - mean;
        if (x + 1 < width) sum += own * (at(y, x + 1) - mean);
        if (y + 1 < height) sum += own * (at(y + 1, x) - mean);
        pairs += Number(x + 1 < width) + Number(y + 1 < height);
      }
    if (pairs > 0) total += sum / pairs;
  }
  return total / channels;
}

/** An image looked at as a whole and as the network sees it. */
export interface Seen {
  readonly whole: number;
  readonly view: number;
  /** Shorter sides, pixels. */
  readonly from: number;
  readonly to: number;
}

/** How much of the structure is left, over all images; undefined without any. */
export function detailLeft(seen: readonly Seen[]): DetailLeft | undefined {
  const n = seen.length;
  if (n < 2) return undefined;
  const whole = seen.reduce((sum, one) => sum + one.whole, 0) / n;
  const view = seen.reduce((sum, one) => sum + one.view, 0) / n;
  const error = Math.sqrt(seen.reduce((sum, one) => sum + (one.whole - whole) ** 2, 0) / (n - 1) / n);
  const middle = seen.toSorted((a, b) => a.from - b.from)[Math.floor(n / 2)];
  return {
    share: whole > 0 ? Math.max(0, view) / whole : 1,
    significance: error > 0 ? whole / error : 0,
    images: n,
    from: middle?.from ?? 0,
    to: middle?.to ?? 0,
  };
}
