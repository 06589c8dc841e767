import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import sharp from 'sharp';
import { channelStatistics } from '../../server/data/fed-images.ts';
import { encodePng } from '../../server/data/image-file.ts';

describe('statistics of what a network gets', () => {
  it('are those of each channel', () => {
    const [first, second] = channelStatistics({
      shape: [1, 2, 2],
      images: Float32Array.of(1, -5, 3, -5, 5, -5, 7, -5),
    });
    // Of 1, 3, 5, 7: mean 4, variance (9 + 1 + 1 + 9) / 4.
    assert.deepEqual(first, { mean: 4, deviation: Math.sqrt(5), least: 1, greatest: 7, notFinite: 0 });
    assert.deepEqual(second, { mean: -5, deviation: 0, least: -5, greatest: -5, notFinite: 0 });
  });

  it('leave out and count what is no number', () => {
    const [some] = channelStatistics({ shape: [1, 1, 1], images: Float32Array.of(1, Number.NaN, 3, Infinity) });
    assert.deepEqual(some, { mean: 2, deviation: 1, least: 1, greatest: 3, notFinite: 2 });
    const [none] = channelStatistics({ shape: [1, 1, 1], images: Float32Array.of(Number.NaN) });
    assert.deepEqual([none?.mean, none?.greatest, none?.notFinite], [Number.NaN, Number.NaN, 1]);
  });
});

describe('a picture', () => {
  it('is written without loss, with what is drawn over it', async () => {
    const [width, height] = [6, 4];
    const pixels = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 37) % 256);
    const overlay = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="1" height="1" fill="#ff0000"/></svg>`;
    const png = await encodePng({ width, height, pixels, overlay });
    const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
    assert.deepEqual([info.width, info.height], [width, height]);
    const read = (i: number) => [...data.subarray(i * info.channels, i * info.channels + 3)];
    assert.deepEqual(read(0), [255, 0, 0]);
    for (let i = 1; i < width * height; i++) assert.deepEqual(read(i), [...pixels.subarray(3 * i, 3 * i + 3)]);
  });
});
