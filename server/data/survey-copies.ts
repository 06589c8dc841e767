/** Copies among all images of a run, by their bytes: of files only those are read that have the size of another one. */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { mapSize } from '../domain/shapes/size.ts';
import { findCopies, type Hashed } from '../domain/survey/copies.ts';
import type { Survey } from '../domain/survey/survey.ts';
import type { ImageSet, SplitName } from './image.ts';
import { BadImage, readImageBytes } from './image-file.ts';
import { nameOf, type Source } from './source.ts';
import type { Split } from './splits.ts';
import { drawPlaces, inTurn, type Place, placesOf } from './survey-places.ts';

/** Files whose size is asked for, those that are read, and their bytes, at most: about a second. */
const MOST_SIZES = 20_000;
const MOST_READ = 4000;
const MOST_BYTES = 64 * 2 ** 20;

export const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64');

/** The bytes of one image of an array; undefined beyond what was read of it. */
function itemOf({ shape, values }: ImageSet & { kind: 'arrays' }, index: number): Uint8Array | undefined {
  const length = mapSize(shape);
  const own = values.subarray(index * length, (index + 1) * length);
  return own.length === length ? new Uint8Array(own.buffer, own.byteOffset, own.byteLength) : undefined;
}

/** Places of files that have the size of another one, up to the bounds. Files that can't be asked are no copies. */
async function equalSizes(places: readonly Place[], pathOf: (place: Place) => string): Promise<Place[]> {
  const sized = await inTurn(places, async (place) => {
    const info = await stat(pathOf(place)).catch(() => undefined);
    return { place, size: info?.isFile() ? info.size : 0 };
  });
  const groups = [...Map.groupBy(sized, ({ size }) => size)].filter(([size, group]) => size > 0 && group.length > 1);
  const chosen: Place[] = [];
  let bytes = 0;
  for (const [size, group] of groups) {
    if (chosen.length + group.length > MOST_READ || bytes + size * group.length > MOST_BYTES) continue;
    bytes += size * group.length;
    chosen.push(...group.map(({ place }) => place));
  }
  return chosen;
}

/** Look for copies in all that a run uses. */
export async function surveyCopies(
  source: Source,
  splits: Readonly<Record<SplitName, Split>>,
  seed: number,
): Promise<Survey['copies']> {
  const share = Math.min(1, MOST_SIZES / (splits.train.count + splits.val.count));
  const [train = [], val = []] = (['train', 'val'] as const).map((role) =>
    drawPlaces(placesOf(splits, role), Math.ceil(share * splits[role].count), seed),
  );
  const places = [...train, ...val];
  const hashed = (place: Place, bytes: Uint8Array): Hashed => ({
    set: place.role,
    label: place.label,
    name: nameOf(source, place.set, place.index),
    hash: digest(bytes),
  });
  const imagesOf = ({ set }: Place) => (set === 'val' && source.val ? source.val : source.train).images;
  const pathOf = (place: Place) => {
    const images = imagesOf(place);
    return images.kind === 'files' ? join(images.folder, images.paths[place.index] ?? '') : '';
  };
  const all =
    source.train.images.kind === 'arrays'
      ? places.flatMap((place) => {
          const images = imagesOf(place);
          const bytes = images.kind === 'arrays' ? itemOf(images, place.index) : undefined;
          return bytes ? [hashed(place, bytes)] : [];
        })
      : (
          await inTurn(await equalSizes(places, pathOf), async (place) => {
            try {
              return [hashed(place, await readImageBytes(pathOf(place)))];
            } catch (error) {
              // Training names the files that it can't use.
              if (error instanceof BadImage) return [];
              throw error;
            }
          })
        ).flat();
  return findCopies(all, { compared: places.length, val: val.length });
}
