/** What hints and hovers of layers write in their own way; all else is of `domain/numbers`. */
import type { MapShape } from '../domain/config.ts';
import { short } from '../domain/numbers/format.ts';

/** A share: `84 %`, `0.12 %`; what is less than a thousandth, or more than ten times, as a factor: `1.7e-5 ×`, `32 ×`. */
export const share = (value: number): string =>
  value >= 1e-3 && value <= 10 ? `${short(100 * value)} %` : `${short(value)} ×`;

/** Height, width, channels: `28×28×16`; a vector is its length alone. */
export const shapeText = ([height, width, channels]: MapShape): string =>
  height === 1 && width === 1 ? String(channels) : `${height}×${width}×${channels}`;
