/** What lies where images are looked for, in words: what is there, and what to do with it. */
import { formatCount } from '../domain/numbers/format.ts';
import { type Listed, shown } from './listing.ts';

const IMAGE = /\.(png|jpe?g|webp)$/i;

/** Images by their names that are not read. */
const OTHER_IMAGE = /\.(gif|bmp|tiff?|heic|heif|avif|jxl|jp2|ppm|pgm|svg|dng|cr2|nef)$/i;

/** What people and tools call the folder `train`. */
const TRAIN_NAMES = /^(train(ing)?|train(ing)?[-_ ]?(set|data|images)|tr)$/i;

/** Whether a name is that of an image that can be read. */
export const isImageName = (name: string): boolean => IMAGE.test(name);

const count = (n: number, one: string, many: string): string => `${formatCount(n)} ${n === 1 ? one : many}`;

const folders = (entries: readonly Listed[]): Listed[] => entries.filter(({ kind }) => kind === 'folder');

/** `40 gif and 2 bmp` of images that are not read; undefined where there is none. */
function unread(entries: readonly Listed[]): string | undefined {
  const endings = entries.flatMap(({ name, kind }) => {
    const [, ending] = (kind === 'file' && OTHER_IMAGE.exec(name)) || [];
    return ending === undefined ? [] : [ending.toLowerCase()];
  });
  if (endings.length === 0) return undefined;
  const counts = [...Map.groupBy(endings, (ending) => ending)];
  return counts.map(([ending, all]) => count(all.length, `${ending} file`, `${ending} files`)).join(' and ');
}

const CONVERT = 'convert them to png, jpeg or webp';

/** Why the folder of a class has no image: the end of a fault that begins with its path. */
export function withoutImages(entries: readonly Listed[], split: string): string {
  const other = unread(entries);
  if (other !== undefined) return `holds ${other}, which are not read: ${CONVERT}`;
  const deeper = folders(entries).map(({ name }) => name);
  if (deeper.length > 0)
    return `holds no image but ${count(deeper.length, 'folder', 'folders')} (${shown(deeper)}): each class is a folder directly in ${split}/. Move its folders there, or the images out of them into it`;
  const what = entries.length === 0 ? 'it is empty' : `there is only ${shown(entries.map(({ name }) => name))}`;
  return `holds no image (png, jpeg, webp): ${what}. Fill the class, or remove its folder`;
}

/** Why a folder `train` or `val` has no classes: the end of a fault that begins with its path. */
export function withoutClasses(entries: readonly Listed[], split: string): string {
  const images = entries.filter(({ name, kind }) => kind === 'file' && isImageName(name)).length;
  const advice = `each class is a folder of its own there. Move the images of a class into ${split}/CLASS/`;
  if (images > 0) return `holds ${count(images, 'image', 'images')} and no folder of a class: ${advice}`;
  const other = unread(entries);
  if (other !== undefined) return `holds ${other} and no folder of a class: ${advice}, and ${CONVERT}`;
  return `holds no folder of images: ${advice}`;
}

/** What lies in a source that has neither `train` nor IDX files, and what to do; undefined where that is nothing like images. */
export function withoutTrain(entries: readonly Listed[], holdsImages: (folder: string) => boolean): string | undefined {
  const named = folders(entries).find(({ name }) => TRAIN_NAMES.test(name));
  if (named) return `there is \`${named.name}\`: rename it to \`train\``;
  const classes = folders(entries)
    .map(({ name }) => name)
    .filter(holdsImages);
  if (classes.length > 0)
    return `there ${classes.length === 1 ? 'is a folder' : `are ${classes.length} folders`} of images (${shown(classes)}): move ${classes.length === 1 ? 'it' : 'them'} into a folder \`train\``;
  const images = entries.filter(({ name, kind }) => kind === 'file' && isImageName(name)).length;
  if (images > 0)
    return `there ${images === 1 ? 'is' : 'are'} ${count(images, 'image', 'images')} directly in it: move those of each class into train/CLASS/`;
  const other = unread(entries);
  return other === undefined
    ? undefined
    : `it holds ${other}: ${CONVERT}, and move those of each class into train/CLASS/`;
}
