/** Image files of every kind that can be met, and files that are none. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import sharp from 'sharp';
import type { Image } from '../../server/data/image.ts';
import { loadImage } from '../../server/data/load-image.ts';
import { RunFailure } from '../../server/run-file/run-failure.ts';
import { withFolder } from '../support/idx.ts';
import { colorAt, drawn, HEIGHT, picture, WIDTH } from '../support/image-files.ts';
import { uniforms } from '../support/random.ts';

const load = (bytes: Uint8Array, channels: 1 | 3 = 3, maxPixels = 1e6): Promise<Image> =>
  withFolder((folder) => {
    writeFileSync(join(folder, 'a.jpg'), bytes);
    return loadImage(join(folder, 'a.jpg'), { channels, maxPixels });
  });

/** Colours of the four quarters: top left, top right, bottom left, bottom right. */
const quarters = (image: Image, channels = 3) =>
  [0.25, 0.75].flatMap((down) =>
    [0.25, 0.75].map((right) =>
      colorAt(image, { y: Math.floor(down * image.height), x: Math.floor(right * image.width), channels }),
    ),
  );
const own = quarters({ height: HEIGHT, width: WIDTH, pixels: Float32Array.from(picture, (value) => value / 255) });

function assertNear(actual: readonly number[][], expected: readonly number[][], within: number): void {
  const differences = actual.flat().map((value, i) => Math.abs(value - (expected.flat()[i] ?? Number.NaN)));
  assert.ok(
    Math.max(...differences) <= within,
    `${JSON.stringify(actual)} is not within ${within} of ${JSON.stringify(expected)}`,
  );
}

describe('an image file', () => {
  for (const [name, make, within] of [
    ['png', () => drawn().png(), 0],
    ['a png with a palette', () => drawn().png({ palette: true }), 3],
    ['a png of 16 bits', () => drawn().toColourspace('rgb16').png(), 0],
    ['an interlaced png', () => drawn().png({ progressive: true }), 0],
    ['webp', () => drawn().webp({ lossless: true }), 0],
    ['lossy webp', () => drawn().webp({ quality: 95 }), 25],
    ['jpeg', () => drawn().jpeg({ quality: 100, chromaSubsampling: '4:4:4' }), 6],
    ['a progressive jpeg', () => drawn().jpeg({ quality: 100, progressive: true, chromaSubsampling: '4:4:4' }), 6],
    // The inks can't print these colours: they are darker, and still the same ones.
    ['a CMYK jpeg', () => drawn().toColourspace('cmyk').jpeg({ quality: 100 }), 90],
  ] as const)
    it(`may be ${name}`, async () => {
      const image = await load(await make().toBuffer());
      assert.deepEqual([image.height, image.width], [HEIGHT, WIDTH]);
      assertNear(quarters(image), own, within);
    });

  it('is grey if the network wants it, and colour if it wants that', async () => {
    const luminance = await drawn().greyscale().raw().toBuffer();
    const grey = await load(await drawn().png().toBuffer(), 1);
    assert.deepEqual(
      [...grey.pixels].map((value) => Math.round(255 * value)),
      [...luminance].filter((_, i) => i % (luminance.length / (HEIGHT * WIDTH)) === 0),
    );
    for (const make of [
      () => drawn().greyscale().png(),
      () => drawn().greyscale().toColourspace('b-w').png(),
      () => drawn().greyscale().toColourspace('grey16').png(),
      () => drawn().greyscale().toColourspace('b-w').jpeg({ quality: 100 }),
    ]) {
      const image = await load(await make().toBuffer());
      for (const [r = -1, g = -2, b = -3] of quarters(image)) assert.ok(r === g && g === b);
      assertNear(
        quarters(image).map(([value = -1]) => [value]),
        quarters(grey, 1),
        4,
      );
    }
  });

  it('is put on white if it is transparent', async () => {
    const half = await load(await drawn().ensureAlpha(0.5).png().toBuffer());
    assertNear(
      quarters(half),
      own.map((color) => color.map((value) => (value + 255) / 2)),
      2,
    );
    const clear = await load(await drawn().ensureAlpha(0).webp({ lossless: true }).toBuffer(), 1);
    assert.ok(clear.pixels.every((value) => value === 1));
    const greyAlpha = await load(await drawn().greyscale().toColourspace('b-w').ensureAlpha(0).png().toBuffer());
    assert.ok(greyAlpha.pixels.every((value) => value === 1));
  });

  it('is turned and mirrored as its EXIF says', async () => {
    const [a, b, c, d] = own as [number[], number[], number[], number[]];
    // What the eight values mean for the corners, from the EXIF standard (2.32, tag 274).
    const expected: Readonly<Record<number, readonly number[][]>> = {
      1: [a, b, c, d],
      2: [b, a, d, c],
      3: [d, c, b, a],
      4: [c, d, a, b],
      5: [a, c, b, d],
      6: [c, a, d, b],
      7: [d, b, c, a],
      8: [b, d, a, c],
    };
    for (const [orientation, corners] of Object.entries(expected)) {
      const bytes = await drawn()
        .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
        .withMetadata({ orientation: Number(orientation) })
        .toBuffer();
      const image = await load(bytes);
      const turned = Number(orientation) > 4;
      assert.deepEqual([image.height, image.width], turned ? [WIDTH, HEIGHT] : [HEIGHT, WIDTH], orientation);
      assertNear(quarters(image), corners, 6);
    }
  });

  it('is resized by its shorter side', async () => {
    const bytes = await drawn().png().toBuffer();
    const image = await withFolder((folder) => {
      writeFileSync(join(folder, 'a.png'), bytes);
      return loadImage(join(folder, 'a.png'), { channels: 3, maxPixels: 1e6, shorterSide: 36 });
    });
    assert.deepEqual([image.height, image.width, image.pixels.length], [36, 60, 36 * 60 * 3]);
    assertNear(quarters(image), own, 0);
  });
});

describe('a file that is no image', () => {
  const why = async (bytes: Uint8Array, maxPixels?: number): Promise<string> => {
    try {
      await load(bytes, 3, maxPixels);
    } catch (error) {
      assert.ok(error instanceof RunFailure, String(error));
      assert.match(error.message, /a\.jpg can't be used: /);
      assert.ok(!/\n/.test(error.message), error.message);
      return error.message;
    }
    throw new Error('it was taken');
  };
  const noisy = sharp(
    Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 2654435761) >>> 24),
    { raw: { width: 64, height: 64, channels: 3 } },
  );

  it('is reported as such', async () => {
    assert.match(await why(new Uint8Array()), /it is empty/);
    assert.match(await why(Buffer.from('not an image at all, but long enough')), /not a png, jpeg or webp/);
    assert.match(await why(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')), /not a png/);
    assert.match(await why(await noisy.clone().gif().toBuffer()), /not a png, jpeg or webp/);
  });

  for (const format of ['png', 'jpeg', 'webp'] as const)
    it(`is detected if a ${format} ends too early`, async () => {
      const bytes = await noisy.clone().toFormat(format).toBuffer();
      for (const share of [0.02, 0.5, 0.9]) {
        const cut = bytes.subarray(0, Math.max(16, Math.floor(share * bytes.length)));
        assert.match(await why(cut), /it can't be decoded/, `${share}`);
      }
    });

  for (const format of ['png', 'jpeg', 'webp'] as const)
    it(`is an image or a failure that names it, whatever happens to the bytes of a ${format}`, async () => {
      const whole = await noisy.clone().toFormat(format).toBuffer();
      const seed = 11;
      const uniform = uniforms(seed);
      let refused = 0;
      for (let round = 0; round < 100; round++) {
        const bytes = Buffer.from(whole);
        // Headers are short and decide most: half of the changes are made there.
        for (let change = 0; change < 1 + (round % 4); change++)
          bytes[Math.floor(uniform() * (round % 2 === 0 ? 64 : bytes.length))] = Math.floor(uniform() * 256);
        await load(bytes, 3, 1e5).then(
          ({ height, width, pixels }) => assert.equal(pixels.length, height * width * 3),
          (error: Error) => {
            assert.ok(error instanceof RunFailure, `seed ${seed}, round ${round}: ${error.stack}`);
            refused++;
          },
        );
      }
      assert.ok(refused > 20, `${refused}`);
    });

  it('is refused by its header if it claims too many pixels', async () => {
    const png = await drawn().png().toBuffer();
    // Width and height of the IHDR chunk, whose checksum follows.
    png.writeUInt32BE(30_000, 16);
    png.writeUInt32BE(30_000, 20);
    const { crc32 } = await import('node:zlib');
    png.writeUInt32BE(crc32(png.subarray(12, 29)), 29);
    assert.match(
      await why(png, 50_000_000),
      /claims 30000×30000 = 900\.0 million pixels, more than data\.max_pixels = 50000000/,
    );
    assert.match(await why(await drawn().png().toBuffer(), HEIGHT * WIDTH - 1), /claims 20×12/);
    await load(await drawn().png().toBuffer(), 3, HEIGHT * WIDTH);
  });

  it('is named if it is a folder, a pipe, a loop of links, or nothing', () =>
    withFolder(async (folder) => {
      const fails = (name: string) => loadImage(join(folder, name), { channels: 3, maxPixels: 1e6 });
      mkdirSync(join(folder, 'folder.png'));
      symlinkSync('loop.png', join(folder, 'loop.png'));
      await assert.rejects(fails('folder.png'), /folder\.png can't be used: it is not a regular file/);
      await assert.rejects(fails('loop.png'), /its links form a loop/);
      await assert.rejects(fails('none.png'), /it does not exist/);
      if (process.platform === 'win32') return;
      execFileSync('mkfifo', [join(folder, 'pipe.png')]);
      await assert.rejects(fails('pipe.png'), /it is not a regular file/);
    }));
});
