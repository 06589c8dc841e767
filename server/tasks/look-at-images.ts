/** What a run's network sees: its first images as a picture, and their numbers. */
import { lstat, mkdtemp, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { type ChannelStatistics, channelStatistics, type FedImages, readFedImages } from '../data/fed-images.ts';
import type { SplitName } from '../data/image.ts';
import { encodePng, hasFonts } from '../data/image-file.ts';
import { openDataset } from '../data/open.ts';
import { testSide } from '../domain/augmentation/draws.ts';
import type { DataConfig, RunConfig } from '../domain/config.ts';
import { formatNumber } from '../domain/numbers/format.ts';
import { drawContactSheet } from '../figures/contact-sheet.ts';
import { type Scalar, toScalar } from '../protocol/scalar.ts';
import { durableFiles } from '../system/durable-files.ts';
import { TaskError } from './task-error.ts';
import { readConfig, withData } from './training-copy.ts';

/** Images of a sheet where nobody says how many: a batch, but no more than these. */
const USUAL = 64;

interface LookOptions {
  readonly split: SplitName;
  /** Absent: a batch, at most 64. */
  readonly count?: number | undefined;
  /** Where the picture goes; absent: a new folder for temporary files. */
  readonly output?: string | undefined;
  /** Called while the data is read; may throw to end it. */
  readonly check: () => void;
  /** Gets what the user should know of the data. */
  readonly notice: (text: string) => void;
}

/** The line of `look --json`. */
export interface LookLine {
  readonly event: 'look';
  readonly file: string;
  /** Path of the picture, absolute. */
  readonly picture: string;
  readonly split: SplitName;
  readonly images: number;
  /** Height, width, channels. */
  readonly shape: readonly number[];
  /** What was done to the images, in order. */
  readonly transformations: readonly string[];
  /** The numbers that are drawn black and white: the least and the greatest of all images. */
  readonly black: Scalar;
  readonly white: Scalar;
  /** Of each channel, of the numbers that the network gets. */
  readonly statistics: readonly (Readonly<Record<'mean' | 'deviation' | 'least' | 'greatest', Scalar>> & {
    readonly not_finite: number;
  })[];
  /** Classes that are among them, with how many images. */
  readonly classes: readonly { readonly class: string; readonly images: number }[];
  /** Class of each image, in the order of the picture. */
  readonly labels: readonly string[];
  /** Whether the picture has its caption and labels: not where the system has no fonts. */
  readonly captioned: boolean;
}

/** Throws a TaskError where a picture can't go. */
async function checkOutput(output: string): Promise<void> {
  const path = resolve(output);
  const refuse = (why: string) => new TaskError('badInput', `--output ${output}: ${why}`);
  if (extname(path).toLowerCase() !== '.png') throw refuse('the picture is a png: give it a name that ends in `.png`.');
  if (!(await stat(dirname(path)).catch(() => undefined))?.isDirectory())
    throw refuse(`there is no folder ${dirname(path)}. Make it first.`);
  const there = await lstat(path).catch(() => undefined);
  if (there && !there.isFile()) throw refuse('that is no regular file, and would be replaced: name another one.');
}

/** Where a picture goes of which nobody says where. */
async function temporaryPath(file: string, split: SplitName): Promise<string> {
  const name = basename(file).replace(/\.rectiscope\.yaml$/, '');
  return join(await mkdtemp(join(tmpdir(), 'rectiscope-look-')), `${name}-${split}.png`);
}

/** What is done to an image of a split, from the run file's settings, in order. */
export function transformationsOf({ augment, normalize }: DataConfig, split: SplitName): string[] {
  const { resize, crop, flip, color } = augment;
  const [from, to] = resize ?? [];
  const isTrain = split === 'train';
  const side = isTrain && from !== to ? `${from} to ${to}` : testSide(augment);
  return [
    ...(resize ? [`resize: shorter side ${side}`] : []),
    ...(crop === undefined ? [] : [`crop: ${crop}, ${isTrain ? 'at random' : 'the centre'}`]),
    ...(flip && isTrain ? ['flip: half of them'] : []),
    ...(color && isTrain ? [`color: ${color}`] : []),
    `normalize: ${normalize}`,
  ];
}

function captionOf(
  { config, fed, line }: { config: RunConfig; fed: FedImages; line: Omit<LookLine, 'picture'> },
  statistics: readonly ChannelStatistics[],
): string[] {
  const { split, images, transformations, black, white } = line;
  const which =
    split === 'train'
      ? `${images} training images from step 1 on, as the network gets them`
      : `the first ${images} validation images, as testing sees them`;
  const channels = statistics.map(({ mean, deviation }, c) => {
    const name = statistics.length === 1 ? 'All numbers' : `Channel ${c + 1}`;
    return `${name}: mean ${formatNumber(mean)}, deviation ${formatNumber(deviation)}.`;
  });
  const lost = statistics.reduce((sum, { notFinite }) => sum + notFinite, 0);
  const mixed = fed.shape[2] === 1 || fed.shape[2] === 3 ? '' : ` Grey is the mean of ${fed.shape[2]} channels.`;
  return [
    `${config.name}: ${which} (${fed.shape.join(' × ')}, seed ${config.seed})`,
    transformations.join('; '),
    `Black is ${formatNumber(Number(black))}, white ${formatNumber(Number(white))}, the least and the greatest number of these images.${mixed}`,
    channels.join(' '),
    ...(lost > 0 ? [`${lost} numbers are not finite: magenta.`] : []),
  ];
}

/** Look at the images of a text as if it stood in the file. Throws a TaskError where it has mistakes or its data can't be used. */
export async function lookAtImages(file: string, text: string, options: LookOptions): Promise<LookLine> {
  const { split, output, check, notice } = options;
  if (output !== undefined) await checkOutput(output);
  const read = readConfig(file, text);
  const { config } = read;
  const { seed, train } = config;
  const { batchSize } = train;
  const { fed, classes, transformations } = await withData(read, async (data, { input, classes: logits }) => {
    const dataset = await openDataset(data, { seed, input, classes: logits, batchSize, onProgress: check });
    try {
      for (const words of dataset.notices) notice(words);
      const count = options.count ?? Math.min(USUAL, batchSize);
      const images = await readFedImages(dataset, { split, count, batchSize });
      return { fed: images, classes: dataset.classes, transformations: transformationsOf(data, split) };
    } finally {
      await dataset.close();
    }
  });
  const statistics = channelStatistics(fed);
  const finite = statistics.filter(({ mean }) => Number.isFinite(mean));
  const black = finite.length === 0 ? 0 : Math.min(...finite.map(({ least }) => least));
  const white = finite.length === 0 ? 0 : Math.max(...finite.map(({ greatest }) => greatest));
  const labels = Array.from(fed.labels, (label) => classes[label] ?? String(label));
  const captioned = await hasFonts();
  const line = {
    event: 'look' as const,
    file,
    split,
    images: labels.length,
    shape: fed.shape,
    transformations,
    black: toScalar(black),
    white: toScalar(white),
    statistics: statistics.map(({ notFinite, mean, deviation, least, greatest }) => ({
      mean: toScalar(mean),
      deviation: toScalar(deviation),
      least: toScalar(least),
      greatest: toScalar(greatest),
      not_finite: notFinite,
    })),
    classes: classes.flatMap((name, label) => {
      const images = fed.labels.reduce((sum, own) => sum + (own === label ? 1 : 0), 0);
      return images === 0 ? [] : [{ class: name, images }];
    }),
    labels,
    captioned,
  };
  const caption = captionOf({ config, fed, line }, statistics);
  const png = await encodePng(drawContactSheet({ ...fed, labels, caption, black, white, withText: captioned }));
  const picture = output === undefined ? await temporaryPath(file, split) : resolve(output);
  await durableFiles.writeWhole(picture, [png], { mode: 0o666 });
  return { ...line, picture };
}
