import type { AugmentConfig } from '../config.ts';

/** Which part of an image a network sees: the image is resized, then a rectangle is cut out of it. Pure geometry. */

/** Height and width, pixels. */
export interface Extent {
  readonly height: number;
  readonly width: number;
}

/** A rectangle of an image that has been resized to `resized`, mirrored if `flip` is set. */
export interface View {
  readonly resized: Extent;
  readonly top: number;
  readonly left: number;
  readonly flip: boolean;
}

/** The size of an image whose shorter side becomes `shorterSide`, its aspect kept to the nearest pixel. */
export function resizedExtent({ height, width }: Extent, shorterSide: number | undefined): Extent {
  if (shorterSide === undefined) return { height, width };
  const factor = shorterSide / Math.min(height, width);
  return height <= width
    ? { height: shorterSide, width: Math.max(shorterSide, Math.round(width * factor)) }
    : { height: Math.max(shorterSide, Math.round(height * factor)), width: shorterSide };
}

/** The centre of an image: the view of testing. If an odd number of pixels is left over, the extra one is below and right. */
export function centerView(
  image: Extent,
  { crop, shorterSide }: { crop: Extent; shorterSide?: number | undefined },
): View {
  const resized = resizedExtent(image, shorterSide);
  return {
    resized,
    top: Math.floor((resized.height - crop.height) / 2),
    left: Math.floor((resized.width - crop.width) / 2),
    flip: false,
  };
}

/** Why no view of the network's size can be cropped from an image, or undefined. */
export function misfit(
  image: Extent,
  { augment, crop }: { augment: Pick<AugmentConfig, 'resize' | 'crop'>; crop: Extent },
): string | undefined {
  const { height, width } = resizedExtent(image, augment.resize?.[0]);
  const what = augment.resize ? `${height}×${width} after resizing` : `${height}×${width}`;
  const wanted = `${crop.height}×${crop.width}`;
  if (augment.crop === undefined)
    return height === crop.height && width === crop.width
      ? undefined
      : `it is ${what}, but the network’s input is ${wanted}`;
  return height >= crop.height && width >= crop.width ? undefined : `it is ${what}, smaller than the crop of ${wanted}`;
}

/**
 * The shorter side to which an image is reduced while it is decoded: twice the largest at which it will be used, so that
 * the resizing after it still averages. The same for all views of training and testing, whether decoded images are kept
 * or not, so that the cache changes no result. Undefined: images are not resized, or used at their own size.
 */
export function decodedSide({ resize }: Pick<AugmentConfig, 'resize'>, shorterSide?: number): number | undefined {
  return resize && 2 * Math.max(resize[1], shorterSide ?? 0);
}
