import type { Extent } from '../domain/augmentation/view.ts';
import type { MapShape } from '../domain/config.ts';

/** An image as it is kept: bytes that stand for 0..1, or numbers that are taken as they are. */
export interface RawImage extends Extent {
  readonly channels: number;
  /** [height, width, channels], flat. */
  readonly values: Uint8Array | Float32Array;
}

/** An image as numbers, not normalised. */
export interface Image extends Extent {
  /** [height, width, channels], flat; 0..1 where the file holds bytes. */
  readonly pixels: Float32Array;
}

/** A test image and its class. */
export interface TestImage extends Image {
  readonly label: number;
}

export type SplitName = 'train' | 'val';

/** Where the images of a source are: in memory, all of one size, or in files of any size. */
export type ImageSet =
  | {
      readonly kind: 'arrays';
      readonly shape: MapShape;
      /** [examples, height, width, channels], flat: bytes, or numbers that are taken as they are. */
      readonly values: Uint8Array | Float32Array;
    }
  | {
      readonly kind: 'files';
      readonly folder: string;
      /** Relative to the folder, `/` between names. */
      readonly paths: readonly string[];
    };
