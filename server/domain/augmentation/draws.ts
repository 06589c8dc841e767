/**
 * The random draws of one training example: the paper's section 4 (scale jitter, random crop, mirror image, colour noise).
 * Every draw is a function of the run's seed and of the example's place in the endless sequence of epochs, each by a separate
 * stream: neither the order in which examples are prepared nor the number of threads changes anything, and switching one
 * of them off leaves the others as they were.
 */
import type { AugmentConfig } from '../config.ts';
import { RandomStream } from '../random/stream.ts';
import { type Extent, resizedExtent, type View } from './view.ts';

/** Which example of a run: the seed, and its place in the endless sequence of epochs, from 0. */
export interface ExamplePlace {
  readonly seed: number;
  readonly place: number;
}

/** Standard deviation of the colour noise along each principal component (Krizhevsky et al. 2012, section 4.1). */
const COLOR_DEVIATION = 0.1;

/** The view of an image for training: resized, cropped at random, mirrored half of the time. */
export function drawView(
  image: Extent,
  { seed, place, augment, crop }: ExamplePlace & { augment: AugmentConfig; crop: Extent },
): View {
  const stream = (purpose: 'resize' | 'crop' | 'flip') => new RandomStream({ seed, purpose, index: place });
  const [from, to] = augment.resize ?? [];
  const shorterSide = from === undefined || to === undefined ? undefined : from + stream('resize').below(to - from + 1);
  const resized = resizedExtent(image, shorterSide);
  const position = stream('crop');
  const top = position.below(Math.max(1, resized.height - crop.height + 1));
  const left = position.below(Math.max(1, resized.width - crop.width + 1));
  return { resized, top, left, flip: augment.flip && stream('flip').below(2) === 1 };
}

/** Shift of an example's colour along each of the three principal components, relative to its eigenvalue. */
export function drawColor({ seed, place }: ExamplePlace): readonly [number, number, number] {
  const stream = new RandomStream({ seed, purpose: 'color', index: place });
  const next = () => COLOR_DEVIATION * stream.gaussian();
  return [next(), next(), next()];
}

/** The shorter side in testing: the middle of the range from which it is drawn in training. Absent: no resizing. */
export const testSide = ({ resize }: AugmentConfig): number | undefined =>
  resize && Math.round((resize[0] + resize[1]) / 2);
