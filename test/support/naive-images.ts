/** Resizing and cutting written apart from the product's, place by place, for tests. */

export interface Pixels {
  readonly height: number;
  readonly width: number;
  /** [height, width, channels], flat. */
  readonly values: ArrayLike<number>;
}

/** The triangle of area 1 whose foot is `support` wide to either side. */
const triangle = (distance: number, support: number) => Math.max(0, 1 - Math.abs(distance) / support) / support;

/** One value of a resized image: the mean of all pixels under a triangle that is one new pixel wide, at least an old one. */
function valueAt(
  { height, width, values }: Pixels,
  {
    y,
    x,
    c,
    channels,
    to,
  }: { y: number; x: number; c: number; channels: number; to: { height: number; width: number } },
): number {
  const [down, across] = [height / to.height, width / to.width];
  let sum = 0;
  let total = 0;
  for (let sy = 0; sy < height; sy++)
    for (let sx = 0; sx < width; sx++) {
      const weight =
        triangle(sy + 0.5 - (y + 0.5) * down, Math.max(1, down)) *
        triangle(sx + 0.5 - (x + 0.5) * across, Math.max(1, across));
      sum += weight * (values[(sy * width + sx) * channels + c] ?? Number.NaN);
      total += weight;
    }
  return sum / total;
}

/** A rectangle of a resized image, mirrored or not. */
export function naiveView(
  image: Pixels,
  {
    resized,
    top,
    left,
    flip,
    crop,
    channels,
  }: {
    resized: { height: number; width: number };
    top: number;
    left: number;
    flip: boolean;
    crop: { height: number; width: number };
    channels: number;
  },
): number[] {
  const out: number[] = [];
  for (let y = 0; y < crop.height; y++)
    for (let x = 0; x < crop.width; x++)
      for (let c = 0; c < channels; c++)
        out.push(valueAt(image, { y: top + y, x: left + (flip ? crop.width - 1 - x : x), c, channels, to: resized }));
  return out;
}
