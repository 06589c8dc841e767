import { testSide } from '../domain/augmentation/draws.ts';
import { decodedSide } from '../domain/augmentation/view.ts';
import type { AugmentConfig } from '../domain/config.ts';
import { RunFailure } from '../run-file/run-failure.ts';
import { wholeImage } from './examples.ts';
import type { Image } from './image.ts';
import { BadImage, decodeImage, readImageBytes } from './image-file.ts';

/**
 * Read one image file as the test images of a run are read, not normalised: whole, its shorter side resized to
 * `shorterSide`, else to the middle of the run's `augment.resize`, else as it is. Throws a RunFailure that names the file.
 */
export async function loadImage(
  path: string,
  {
    channels,
    maxPixels,
    shorterSide,
    augment = { flip: false },
  }: { channels: 1 | 3; maxPixels: number; shorterSide?: number; augment?: AugmentConfig },
): Promise<Image> {
  try {
    const atMost = decodedSide(augment, shorterSide);
    const image = await decodeImage(await readImageBytes(path), { channels, maxPixels, atMost });
    return wholeImage(image, shorterSide ?? testSide(augment));
  } catch (error) {
    if (error instanceof BadImage) throw new RunFailure(`${path} can't be used: ${error.message}.`);
    throw error;
  }
}
