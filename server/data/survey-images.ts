/** A sample of the images of a run as the network sees them in testing, and what is measured of each. */
import { misfit } from '../domain/augmentation/view.ts';
import type { AugmentConfig, MapShape } from '../domain/config.ts';
import { mapSize } from '../domain/shapes/size.ts';
import { adjacentCovariance, type Seen } from '../domain/survey/detail.ts';
import { type SmallImage, shrink } from '../domain/survey/features.ts';
import { type ImageStatistics, imageStatistics } from '../domain/survey/preparation.ts';
import { Examples } from './examples.ts';
import { BadImage, decodeImage, hasPictureInAlpha } from './image-file.ts';
import { nameOf, type Source } from './source.ts';
import { digest } from './survey-copies.ts';
import { inTurn, type Place } from './survey-places.ts';

/** One image that was looked at. */
export interface SurveyedImage extends Place {
  readonly name: string;
  readonly statistics: ImageStatistics;
  readonly small: SmallImage;
  /** In colour, where the network gets it in grey. */
  readonly colored?: SmallImage;
  readonly seen?: Seen;
  /** Of what the network sees. */
  readonly digest: string;
}

export interface SurveyOptions {
  readonly input: MapShape;
  readonly augment: AugmentConfig;
  readonly maxPixels: number;
  readonly seed: number;
}

/** Bytes of files that are decoded at most, a role: photographs of a camera take a second for so many. */
const MOST_BYTES = 24 * 2 ** 20;
/** The side at which a whole image is compared with the network's view. */
const WHOLE_SIDE = 256;

/** Reads images of a source for a survey. */
export class SurveyReader {
  readonly #source: Source;
  readonly #options: SurveyOptions;
  readonly #examples: Examples;
  readonly #colored: Examples | undefined;

  constructor(source: Source, options: SurveyOptions) {
    const { input } = options;
    const sets = { train: source.train.images, ...(source.val && { val: source.val.images }) };
    this.#source = source;
    this.#options = options;
    this.#examples = new Examples({ ...options, sets });
    if (source.train.images.kind === 'files' && input[2] === 1)
      this.#colored = new Examples({ ...options, sets, input: [input[0], input[1], 3] });
  }

  /** The images at these places that can be used, up to a number of bytes; `onView` gets what the network sees, not normalised. */
  async read(places: readonly Place[], onView: (view: Float32Array) => void): Promise<SurveyedImage[]> {
    const found: SurveyedImage[] = [];
    let bytes = 0;
    // A few at a time: the next ones only while there is room.
    for (let i = 0; i < places.length && bytes < MOST_BYTES; i += 32) {
      const read = await inTurn(places.slice(i, i + 32), (place) => this.#look(place));
      for (const one of read) {
        if (!one) continue;
        bytes += one.bytes;
        onView(one.view);
        found.push(one.image);
      }
    }
    return found;
  }

  /** Whether the picture of a file is in its transparency. */
  async isTransparent({ set, index }: Place): Promise<boolean> {
    if (this.#source.train.images.kind === 'arrays') return false;
    return hasPictureInAlpha(await this.#examples.bytes(set, index));
  }

  /** Undefined for an image that can't be used: training names it. */
  async #look(place: Place) {
    try {
      return await this.#measure(place);
    } catch (error) {
      if (error instanceof BadImage) return undefined;
      throw error;
    }
  }

  async #measure(place: Place) {
    const { input, augment } = this.#options;
    const { set, index } = place;
    const inFile = this.#source.train.images.kind === 'files';
    const file = inFile ? await this.#examples.bytes(set, index) : undefined;
    const raw = file ? await this.#examples.decode(file) : await this.#examples.raw(set, index);
    if (raw.values.length === 0 || misfit(raw, { augment, crop: { height: input[0], width: input[1] } }))
      return undefined;
    const view = new Float32Array(mapSize(input));
    this.#examples.centerOf(raw, view);
    const statistics = imageStatistics(view, input);
    if (!statistics.mean.every(Number.isFinite)) return undefined;
    const isCut = augment.resize !== undefined || augment.crop !== undefined;
    const whole = !isCut ? undefined : file ? await this.#whole(file) : raw;
    const name = nameOf(this.#source, set, index);
    const colored = file && this.#colored && (await this.#inColor(file));
    const image: SurveyedImage = {
      ...place,
      name,
      statistics,
      small: shrink(view, input),
      ...(colored && { colored }),
      ...(whole && {
        seen: {
          whole: adjacentCovariance(scaled(whole.values), [whole.height, whole.width, input[2]]),
          view: adjacentCovariance(view, input),
          from: Math.min(whole.height, whole.width),
          to:
            augment.resize === undefined
              ? Math.min(whole.height, whole.width)
              : Math.round((augment.resize[0] + augment.resize[1]) / 2),
        },
      }),
      digest: digest(new Uint8Array(view.buffer)),
    };
    return { image, view, bytes: file?.length ?? 0 };
  }

  #whole(file: Buffer) {
    const { input, maxPixels } = this.#options;
    return decodeImage(file, { channels: input[2] === 1 ? 1 : 3, maxPixels, atMost: WHOLE_SIDE });
  }

  async #inColor(file: Buffer): Promise<SmallImage | undefined> {
    const examples = this.#colored;
    if (!examples) return undefined;
    const [height, width] = this.#options.input;
    const view = new Float32Array(height * width * 3);
    examples.centerOf(await examples.decode(file), view);
    return shrink(view, [height, width, 3]);
  }
}

/** Bytes as 0 to 1; numbers as they are. */
const scaled = (values: Uint8Array | Float32Array): Float32Array =>
  values instanceof Float32Array ? values : Float32Array.from(values, (value) => value / 255);
