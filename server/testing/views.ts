/** Which views of an image are tested, and the scores of an image over all of them (paper, section 5). */

import type { Image } from '../data/image.ts';
import type { Extent } from '../domain/augmentation/view.ts';
import type { Views } from '../domain/config.ts';
import { viewScores } from '../domain/evaluation/scores.ts';
import { mapSize } from '../domain/shapes/size.ts';
import type { Inference } from '../engines/inference.ts';
import { RunFailure } from '../run-file/run-failure.ts';

/** An image and its name in messages. */
export interface NamedImage {
  readonly name: string;
  readonly image: Image;
}

interface ScoreOptions {
  readonly inference: Inference;
  readonly views: Views;
  /** Normalises pixels from 0 to 1 for the network, in place: a crop, or a whole image. */
  readonly normalize: (pixels: Float32Array, extent: Extent) => void;
  /** Called after each session call, once signals and messages have been handled; may throw to end the scoring. */
  readonly onCall?: () => void;
}

/** Pixels that are processed at once: 20 images of 224×224, whose largest maps take some 100 MB. */
const MOST_PIXELS = 2 ** 20;
const MOST_IMAGES = 64;

/**
 * For each image, the logarithm of each class's score, averaged over its views; in the order of the images. `center`: the
 * crop in the middle. `ten`: that and the four corners, and their mirror images. `dense`: every window of the last map, of
 * the image and of its mirror image. Throws a RunFailure that names an image smaller than the network's input.
 */
export async function scoreViews(images: readonly NamedImage[], options: ScoreOptions): Promise<Float64Array[]> {
  const { inference, views } = options;
  const [height, width] = inference.network.input;
  for (const { name, image } of images)
    if (image.height < height || image.width < width)
      throw new RunFailure(
        `${name} is ${image.height}×${image.width}, smaller than the network’s input of ${height}×${width}: test at a larger scale (\`scales\`).`,
      );
  const { classes } = inference.network;
  const scores = new Map<Image, Float64Array>();
  for (const group of views === 'dense' ? bySize(images) : [images]) {
    const seen = views === 'dense' ? (group[0]?.image ?? { height, width }) : { height, width };
    const cut = (image: Image) => cutViews(image, options);
    const each = views === 'center' ? 1 : views === 'ten' ? 10 : 2;
    const atOnce = Math.max(1, Math.min(MOST_IMAGES, Math.floor(MOST_PIXELS / (seen.height * seen.width * each))));
    for (let begin = 0; begin < group.length; begin += atOnce) {
      const some = group.slice(begin, begin + atOnce);
      const pixels = joined(some.flatMap(({ image }) => cut(image)));
      const logits =
        views === 'dense'
          ? await inference.windows(pixels, some.length * each, seen)
          : await inference.crops(pixels, some.length * each);
      // A session call blocks the thread.
      await new Promise((resolve) => setImmediate(resolve));
      options.onCall?.();
      const length = logits.length / some.length;
      some.forEach(({ image }, i) => {
        scores.set(image, viewScores(logits.subarray(i * length, (i + 1) * length), classes));
      });
    }
  }
  return images.map(({ image }) => scores.get(image) as Float64Array);
}

/** The network's inputs for an image, in order. */
function cutViews(image: Image, { inference, views, normalize }: ScoreOptions): Float32Array[] {
  const [height, width, channels] = inference.network.input;
  if (views === 'dense') {
    const pixels = [image.pixels.slice(), mirrored(image, channels)];
    for (const own of pixels) normalize(own, image);
    return pixels;
  }
  const crops = placesOf(image, { height, width }, views).map((place) =>
    crop(image, { ...place, height, width, channels }),
  );
  const all =
    views === 'ten' ? [...crops, ...crops.map((pixels) => mirrored({ pixels, height, width }, channels))] : crops;
  for (const pixels of all) normalize(pixels, { height, width });
  return all;
}

/** Positions of crops: the centre (the odd pixel below and right, as in training), then the corners. */
function placesOf(image: Extent, { height, width }: Extent, views: Views): { top: number; left: number }[] {
  const [down, right] = [image.height - height, image.width - width];
  const center = { top: Math.floor(down / 2), left: Math.floor(right / 2) };
  if (views === 'center') return [center];
  const corners = [0, down].flatMap((top) => [0, right].map((left) => ({ top, left })));
  return [center, ...corners];
}

function crop(
  image: Image,
  { top, left, height, width, channels }: Extent & { top: number; left: number; channels: number },
): Float32Array {
  const pixels = new Float32Array(mapSize([height, width, channels]));
  for (let row = 0; row < height; row++) {
    const begin = ((top + row) * image.width + left) * channels;
    pixels.set(image.pixels.subarray(begin, begin + width * channels), row * width * channels);
  }
  return pixels;
}

function mirrored({ pixels, height, width }: Image, channels: number): Float32Array {
  const turned = new Float32Array(pixels.length);
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) {
      const from = (row * width + width - 1 - column) * channels;
      turned.set(pixels.subarray(from, from + channels), (row * width + column) * channels);
    }
  return turned;
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let begin = 0;
  for (const part of parts) {
    all.set(part, begin);
    begin += part.length;
  }
  return all;
}

const bySize = (images: readonly NamedImage[]): NamedImage[][] => [
  ...Map.groupBy(images, ({ image: { height, width } }) => `${height}×${width}`).values(),
];
