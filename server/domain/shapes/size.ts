import type { MapShape } from '../config.ts';

/** Numbers in an array of this shape. */
export const size = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);

/** Numbers in one example's map. */
export const mapSize = ([height, width, channels]: MapShape): number => height * width * channels;

/** A map's shape for people: 28×28×1. */
export const describeMap = (map: MapShape): string => map.join('×');
