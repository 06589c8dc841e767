/** Image files for tests, written by sharp. */
import sharp, { type Sharp } from 'sharp';

/** Height and width of the picture. */
export const HEIGHT = 12;
export const WIDTH = 20;

/** A picture whose every quarter has a colour of its own, so that turning and mirroring shows; [12, 20, 3]. */
export const picture: Uint8Array = Uint8Array.from({ length: HEIGHT * WIDTH * 3 }, (_, i) => {
  const [y, x, c] = [Math.floor(i / (WIDTH * 3)), Math.floor(i / 3) % WIDTH, i % 3];
  const quarter = (y < HEIGHT / 2 ? 0 : 2) + (x < WIDTH / 2 ? 0 : 1);
  return [
    [220, 40, 40],
    [40, 200, 40],
    [30, 60, 230],
    [240, 240, 240],
  ][quarter]?.[c] as number;
});

/** The picture, to be written in some format. */
export const drawn = (): Sharp => sharp(picture, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } });

/** The colour of a place as a list. */
export const colorAt = (
  { width, pixels }: { width: number; pixels: ArrayLike<number> },
  { y, x, channels = 3 }: { y: number; x: number; channels?: number },
): number[] =>
  Array.from({ length: channels }, (_, c) => Math.round(255 * (pixels[(y * width + x) * channels + c] ?? -1)));
