import type { MapShape } from '../domain/config.ts';

/** Numbers as in hints and hovers, where each has its unit beside it. */

/** Two digits: `0.047`, `1.3`, `2.1e-7`. */
export const digits = (value: number): string =>
  value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e5)
    ? value.toExponential(1)
    : String(Number(value.toPrecision(2)));

/** A count with thousands separators: `12,345`. */
export const count = (value: number): string => value.toLocaleString('en-US');

/** A share: `84 %`, `0.12 %`; less than a thousandth, or more than ten times, as a factor: `1.7e-5 ×`, `32 ×`. */
export const share = (value: number): string =>
  value >= 1e-3 && value <= 10 ? `${Number((100 * value).toPrecision(2))} %` : `${digits(value)} ×`;

/** Height, width, channels: `28×28×16`; of a vector only its length. */
export const shapeText = ([height, width, channels]: MapShape): string =>
  height === 1 && width === 1 ? String(channels) : `${height}×${width}×${channels}`;
