/** From an image to what the network gets. The same in the trainer and in its worker threads. */
import { type ColorBasis, colorShift } from '../domain/augmentation/color.ts';
import { drawColor, drawView, testSide } from '../domain/augmentation/draws.ts';
import { centerView, decodedSide, type Extent, resizedExtent } from '../domain/augmentation/view.ts';
import type { AugmentConfig, MapShape } from '../domain/config.ts';
import type { Image, ImageSet, RawImage, SplitName } from './image.ts';
import { BadImage, decodeImage, readImageBytes } from './image-file.ts';
import { type Normalization, normalize } from './normalization.ts';
import { resample, sampleView } from './resample.ts';

/** What all examples of a run have in common. */
export interface ExamplesOptions {
  readonly sets: Readonly<Partial<Record<SplitName, ImageSet>>>;
  readonly input: MapShape;
  readonly augment: AugmentConfig;
  readonly maxPixels: number;
  readonly seed: number;
}

/** What is known only after the training images have been seen. */
export interface Preparation {
  readonly normalization: Normalization;
  /** Where colours are altered. */
  readonly basis?: ColorBasis | undefined;
}

/** One example as a batch wants it. */
export interface Wanted {
  readonly set: SplitName;
  /** Its place in the set. */
  readonly index: number;
  /** Its place in the endless row of epochs, for a random view; absent: the view of testing. */
  readonly place?: number | undefined;
}

/** Decoded images in shared memory. */
export interface KeptImages {
  readonly set: SplitName;
  readonly memory: SharedArrayBuffer;
  readonly entries: readonly (Extent & { readonly index: number; readonly offset: number })[];
}

/** Images by their place in a set, decoded or kept, and the views of them. */
export class Examples {
  readonly #options: ExamplesOptions;
  readonly #crop: Extent;
  readonly #kept = { train: new Map<number, RawImage>(), val: new Map<number, RawImage>() };
  #preparation: Preparation = { normalization: { kind: 'none' } };

  constructor(options: ExamplesOptions) {
    this.#options = options;
    this.#crop = { height: options.input[0], width: options.input[1] };
  }

  prepare(preparation: Preparation): void {
    this.#preparation = preparation;
  }

  keep({ set, memory, entries }: KeptImages): void {
    const channels = this.#options.input[2];
    for (const { index, offset, height, width } of entries) {
      const values = new Uint8Array(memory, offset, height * width * channels);
      this.#kept[set].set(index, { height, width, channels, values });
    }
  }

  /** An image as it is kept, large enough for a shorter side. Throws a BadImage. */
  async raw(set: SplitName, index: number, shorterSide?: number): Promise<RawImage> {
    const images = this.#set(set);
    if (images.kind === 'arrays') {
      const [height, width, channels] = images.shape;
      const length = height * width * channels;
      return { height, width, channels, values: images.values.subarray(index * length, (index + 1) * length) };
    }
    const { augment } = this.#options;
    const kept = this.#kept[set].get(index);
    if (kept && decodedSide(augment, shorterSide) === decodedSide(augment)) return kept;
    return this.decode(await this.bytes(set, index), shorterSide);
  }

  /** The bytes of an image file. Throws a BadImage. */
  bytes(set: SplitName, index: number): Promise<Buffer> {
    const images = this.#set(set);
    if (images.kind === 'arrays') throw new Error('these images are not in files');
    return readImageBytes(`${images.folder}/${images.paths[index]}`);
  }

  /** Decode an image file for this run. Throws a BadImage. */
  async decode(bytes: Buffer, shorterSide?: number): Promise<RawImage> {
    const { augment, input, maxPixels } = this.#options;
    const channels = input[2] === 1 ? 1 : 3;
    const image = await decodeImage(bytes, { channels, maxPixels, atMost: decodedSide(augment, shorterSide) });
    const largest = resizedExtent(image, Math.max(augment.resize?.[1] ?? 0, shorterSide ?? 0) || undefined);
    if (largest.height * largest.width > maxPixels)
      throw new BadImage(`at ${image.width}×${image.height} it is too long: resized, it has more than data.max_pixels`);
    return image;
  }

  /** The view of testing, not normalised: [height, width, channels] of the network's input. */
  centerOf(image: RawImage, to: Float32Array): void {
    const view = centerView(image, { crop: this.#crop, shorterSide: testSide(this.#options.augment) });
    sampleView(image, view, { ...this.#crop, to });
  }

  /** The whole of an image, not normalised, as `Dataset.testImage` gives it. Throws a BadImage. */
  async whole({ set, index }: Wanted, shorterSide?: number): Promise<Image> {
    return wholeImage(await this.raw(set, index, shorterSide), shorterSide ?? testSide(this.#options.augment));
  }

  /** Write an example as the network gets it. Throws a BadImage. */
  async fill({ set, index, place }: Wanted, to: Float32Array): Promise<void> {
    const image = await this.raw(set, index);
    const { seed, augment } = this.#options;
    const { normalization, basis } = this.#preparation;
    if (place === undefined) this.centerOf(image, to);
    else {
      const view = drawView(image, { seed, place, augment, crop: this.#crop });
      sampleView(image, view, { ...this.#crop, to });
      if (basis) addColor(to, colorShift(basis, drawColor({ seed, place })));
    }
    normalize(normalization, to, this.#crop);
  }

  #set(name: SplitName): ImageSet {
    const set = this.#options.sets[name];
    if (!set) throw new Error(`there is no ${name}`);
    return set;
  }
}

/** A whole image, its shorter side resized; without one, of the size at which testing sees it. */
export function wholeImage(image: RawImage, shorterSide: number | undefined): Image {
  const extent = resizedExtent(image, shorterSide);
  return { ...extent, pixels: resample(image, extent) };
}

function addColor(pixels: Float32Array, shift: readonly number[]): void {
  for (let j = 0; j < pixels.length; j++) pixels[j] = (pixels[j] ?? 0) + (shift[j % shift.length] ?? 0);
}
