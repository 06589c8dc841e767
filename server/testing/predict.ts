/** A trained run on image files outside its data set. */

import type { Image } from '../data/image.ts';
import { loadImage } from '../data/load-image.ts';
import { normalize } from '../data/normalization.ts';
import { resizedExtent } from '../domain/augmentation/view.ts';
import type { Views } from '../domain/config.ts';
import { meanScores } from '../domain/evaluation/scores.ts';
import type { Inference } from '../engines/inference.ts';
import type { TrainedRun } from './trained-run.ts';
import { scoreViews } from './views.ts';

interface PredictOptions {
  readonly trained: TrainedRun;
  readonly inference: Inference;
  readonly views: Views;
  /** Shorter sides; empty: the size at which the run's images are tested, else one that covers the network's input. */
  readonly scales: readonly number[];
}

/** Images with more pixels are rejected, unless the run file sets a limit. */
const MOST_PIXELS = 50_000_000;

/** Logarithms of the averaged scores of an image file. Throws a RunFailure that names the file. */
export async function predictFile(
  file: string,
  { trained, inference, views, scales }: PredictOptions,
): Promise<Float64Array> {
  const { normalization } = trained.state.data.preparation;
  const all: Float64Array[] = [];
  for (const side of scales.length > 0 ? scales : [undefined]) {
    const named = [{ name: file, image: await read(file, trained, side) }];
    const [scores] = await scoreViews(named, {
      ...{ inference, views },
      normalize: (pixels, extent) => normalize(normalization, pixels, extent),
    });
    if (scores) all.push(scores);
  }
  return meanScores(all);
}

async function read(file: string, { config, network }: TrainedRun, side: number | undefined): Promise<Image> {
  const { augment, maxPixels } = config.data ?? {};
  const [height, width, channels] = network.input;
  const options = { channels: channels === 1 ? 1 : 3, maxPixels: maxPixels ?? MOST_PIXELS } as const;
  if (side !== undefined) return await loadImage(file, { ...options, shorterSide: side });
  if (augment?.resize) return await loadImage(file, { ...options, augment });
  const image = await loadImage(file, options);
  if (augment?.crop !== undefined && image.height >= height && image.width >= width) return image;
  // Training saw whole images of the input's size: the image is resized to just cover that.
  const factor = Math.max(height / image.height, width / image.width);
  let shorterSide = Math.max(1, Math.ceil(Math.min(image.height, image.width) * factor - 1e-9));
  const covers = () => {
    const extent = resizedExtent(image, shorterSide);
    return extent.height >= height && extent.width >= width;
  };
  while (!covers()) shorterSide++;
  return await loadImage(file, { ...options, shorterSide });
}
