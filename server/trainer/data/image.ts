import type { Extent } from '../../domain/augmentation/view.ts';

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
