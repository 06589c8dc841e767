/**
 * Reads one image file: png, jpeg or webp of any size and kind, as sRGB or grey bytes; writes pictures as png.
 */
import { constants, lstatSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { type Extent, resizedExtent } from '../domain/augmentation/view.ts';
import { formatFixed } from '../domain/numbers/format.ts';
import { loadDecoder } from './decoder.ts';
import type { RawImage } from './image.ts';

/** An image that can't be used; the message says why, without the file's name. */
export class BadImage extends Error {
  override readonly name = 'BadImage';
}

/** What is transparent is seen on white. */
const BACKGROUND = '#ffffff';

/** Larger files are no photographs: 50 million pixels of 16 bits, not packed, are 400 MB. */
const LARGEST_BYTES = 2 ** 30;

export interface DecodeOptions {
  /** 1: grey, 3: sRGB. */
  readonly channels: 1 | 3;
  /** Images of more are refused by their header. */
  readonly maxPixels: number;
  /**
   * Twice the largest shorter side that will be asked for: an image of more is reduced to that while it is decoded, where
   * that is cheap. Absent: the image is kept as it is.
   */
  readonly atMost?: number | undefined;
}

/** The bytes of a plain file; a pipe would be waited for. Throws a BadImage. */
export async function readImageBytes(path: string): Promise<Buffer> {
  try {
    const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const info = await file.stat();
      if (!info.isFile()) throw new BadImage('it is not a regular file');
      if (info.size === 0) throw new BadImage('it is empty');
      if (info.size > LARGEST_BYTES) throw new BadImage(`it is larger than ${LARGEST_BYTES / 2 ** 30} GiB`);
      return await file.readFile();
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof BadImage) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    const isLink = code === 'ENOENT' && lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink();
    const reasons: Readonly<Record<string, string>> = {
      EACCES: 'permission to read it is denied',
      ENOENT: isLink ? 'its link is broken' : 'it does not exist',
      ELOOP: 'its links form a loop',
    };
    throw new BadImage(reasons[code ?? ''] ?? message);
  }
}

/** The format by its first bytes: what a library makes of a text or a drawing named `.jpg` is not asked. */
function formatOf(bytes: Buffer): 'png' | 'jpeg' | 'webp' | undefined {
  if (bytes.subarray(0, 8).equals(Buffer.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a))) return 'png';
  if (bytes.subarray(0, 3).equals(Buffer.of(0xff, 0xd8, 0xff))) return 'jpeg';
  if (bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.toString('latin1', 8, 12) === 'WEBP') return 'webp';
  return undefined;
}

/** Size of an image as it is seen, its orientation applied; from the header alone. Throws a BadImage. */
async function extentOf(bytes: Buffer, maxPixels: number): Promise<Extent> {
  if (!formatOf(bytes)) throw new BadImage('it is not a png, jpeg or webp');
  const sharp = await loadDecoder();
  const { autoOrient } = await sharp(bytes, { limitInputPixels: false }).metadata().catch(refuse);
  const { height, width } = autoOrient;
  if (height * width > maxPixels)
    throw new BadImage(
      `it claims ${width}×${height} = ${formatFixed((height * width) / 1e6, 1)} million pixels, more than data.max_pixels = ${maxPixels}`,
    );
  return { height, width };
}

function refuse(error: Error): never {
  // The library's messages have several lines and name its own inner parts first.
  const line = error.message.trim().split('\n').at(-1) ?? '';
  throw new BadImage(`it can't be decoded (${line.replace(/^\w+: /, '').replace(/\.$/, '')})`);
}

/** Decode an image: turned as its EXIF says, on white where it is transparent, bytes. Throws a BadImage. */
export async function decodeImage(bytes: Buffer, { channels, maxPixels, atMost }: DecodeOptions): Promise<RawImage> {
  const own = await extentOf(bytes, maxPixels);
  const sharp = await loadDecoder();
  const image = sharp(bytes, { limitInputPixels: maxPixels, failOn: 'warning' }).autoOrient();
  if (atMost !== undefined && Math.min(own.height, own.width) > atMost) {
    const { height, width } = resizedExtent(own, atMost);
    image.resize({ height, width, fit: 'fill' });
  }
  const { data, info } = await image
    .flatten({ background: BACKGROUND })
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
    .catch(refuse);
  if (info.channels !== channels) throw new BadImage(`it has ${info.channels} channels after conversion`);
  return { height: info.height, width: info.width, channels, values: new Uint8Array(data) };
}

/** Whether the transparency of an image varies: then it may hold what its colours do not show. Throws a BadImage. */
export async function hasPictureInAlpha(bytes: Buffer): Promise<boolean> {
  const sharp = await loadDecoder();
  const { hasAlpha } = await sharp(bytes).metadata().catch(refuse);
  if (!hasAlpha) return false;
  const { channels } = await sharp(bytes).stats().catch(refuse);
  return (channels.at(-1)?.stdev ?? 0) > 0;
}

/** A picture to write: [height, width, 3] bytes, and an SVG of the same size that is drawn over it. */
export interface Picture extends Extent {
  readonly pixels: Uint8Array;
  readonly overlay: string;
}

/** A picture as the bytes of a png. */
export async function encodePng({ width, height, pixels, overlay }: Picture): Promise<Buffer> {
  const sharp = await loadDecoder();
  return await sharp(pixels, { raw: { width, height, channels: 3 } })
    .composite([{ input: Buffer.from(overlay) }])
    .png()
    .toBuffer();
}

/**
 * Whether text of an SVG can be read in a picture. The system's fonts draw it; where it has none, as in a container, every letter is the
 * same box.
 */
export async function hasFonts(): Promise<boolean> {
  const sharp = await loadDecoder();
  const inkOf = async (text: string) => {
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="60" height="24"><text x="2" y="18" font-family="sans-serif" font-size="14">${text}</text></svg>`;
    return await sharp(Buffer.from(svg)).extractChannel('alpha').raw().toBuffer();
  };
  // One after the other: two threads would look for the system's fonts for the first time at once.
  const narrow = await inkOf('il');
  return !narrow.equals(await inkOf('WW'));
}
