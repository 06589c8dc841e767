/** Folders of images for tests. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { uniforms } from './random.ts';

/** A picture of noise around a brightness; [height, width, 3] bytes. */
export interface Picture {
  readonly height: number;
  readonly width: number;
  readonly values: Uint8Array;
}

export function noise(
  seed: number,
  { height, width, level = 128 }: { height: number; width: number; level?: number },
): Picture {
  const uniform = uniforms(seed);
  const values = Uint8Array.from({ length: height * width * 3 }, (_, i) =>
    Math.max(0, Math.min(255, level + 20 * (i % 3) + 80 * (uniform() - 0.5))),
  );
  return { height, width, values };
}

/** Write a picture without loss; the ending says how. */
export async function writePicture(file: string, { height, width, values }: Picture): Promise<void> {
  mkdirSync(dirname(file), { recursive: true });
  const image = sharp(values, { raw: { width, height, channels: 3 } });
  await (file.endsWith('.webp') ? image.webp({ lossless: true }) : image.png()).toFile(file);
}

/** The pictures of a folder by their path. */
export type Pictures = ReadonlyMap<string, Picture>;

/**
 * A folder of two classes, `cat` darker than `dog`, whose pictures have sizes of their own; gives them by their path in the
 * order in which a run has them.
 */
export async function writeFolder(
  folder: string,
  { train = 5, val = 2 }: { train?: number; val?: number } = {},
): Promise<Pictures> {
  const pictures = new Map<string, Picture>();
  let seed = 1;
  for (const [split, count] of [
    ['train', train],
    ['val', val],
  ] as const)
    for (const [name, level] of [
      ['cat', 70],
      ['dog', 160],
    ] as const)
      for (let i = 0; i < count; i++) {
        const picture = noise(seed++, { height: 14 + ((3 * seed) % 7), width: 14 + ((5 * seed) % 11), level });
        const path = `${split}/${name}/${i}.${i % 2 === 0 ? 'png' : 'webp'}`;
        pictures.set(path, picture);
        await writePicture(join(folder, path), picture);
      }
  return pictures;
}

/** Put something where an image is expected. */
export function writeText(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
