/** Reads a folder of images once before the first step: finds bad files, hashes, takes statistics, keeps what fits. */
import { createHash } from 'node:crypto';
import { misfit } from '../domain/augmentation/view.ts';
import type { DataConfig } from '../domain/config.ts';
import { formatCount } from '../domain/numbers/format.ts';
import { RunFailure } from '../run-file/run-failure.ts';
import type { DataFile } from './dataset.ts';
import type { Examples } from './examples.ts';
import type { SplitName } from './image.ts';
import { shown } from './listing.ts';
import { PixelSums } from './normalization.ts';
import type { Pool } from './pool.ts';
import { checkCounts, needsSums, preparationOf, type ReadData, type ReadOptions } from './read-data.ts';
import { KeptMemory, type ScannedFiles, scanSet, sumViews } from './scan.ts';
import type { Source } from './source.ts';
import { chooseSplits } from './splits.ts';

/** Bad files that a message names; the log has no more either. */
const MOST_NAMED = 10;

interface FileOfSet {
  readonly set: SplitName;
  readonly index: number;
  readonly path: string;
  readonly label: number;
}

/** The files of a source in order: those of train, then those of val. */
function filesOf({ train, val }: Source): FileOfSet[] {
  return (['train', 'val'] as const).flatMap((set) => {
    const split = set === 'train' ? train : val;
    if (split?.images.kind !== 'files') return [];
    return split.images.paths.map((path, index) => ({ set, index, path, label: split.labels[index] ?? 0 }));
  });
}

/** Throws a RunFailure where image files can't be decoded to the channels of the network's input. */
export function checkChannels([, , channels]: ReadOptions['input']): void {
  if (channels !== 1 && channels !== 3)
    throw new RunFailure(`images have 1 channel (grey) or 3 (colour), not ${channels}.`, ['network', 'input']);
}

/** Read, check and measure the images of a folder. */
export async function readFolder(
  source: Source,
  config: DataConfig,
  {
    seed,
    input,
    batchSize,
    saved,
    pool,
    examples,
    onProgress = () => {},
  }: ReadOptions & { pool: Pool; examples: Examples },
): Promise<ReadData> {
  checkChannels(input);
  const files = filesOf(source);
  const skipped = new Set(saved?.bad);
  const choose = (bad: ReadonlySet<string>) => {
    const lost = { train: new Set<number>(), val: new Set<number>() };
    for (const { set, index, path } of files) if (bad.has(path)) lost[set].add(index);
    const splits = chooseSplits(source, config, { seed, isGood: (set, index) => !lost[set].has(index) });
    checkCounts(splits, batchSize);
    return splits;
  };
  let splits = choose(skipped);
  const wantsSums = needsSums(config, saved);
  const wantsColor = config.augment.color !== undefined;
  let sums = new PixelSums(input, wantsColor);
  const kept = new KeptMemory(config.cacheBytes);
  const onKept = examples.keep.bind(examples);
  const scan = (set: SplitName) => {
    const { images } = (set === 'train' ? source.train : source.val) ?? {};
    const count = images?.kind === 'files' ? images.paths.length : 0;
    const summed = new Set(wantsSums && set === 'train' ? splits.train.indices : []);
    return scanSet(set, { count, summed }, { pool, sums, wantsColor, mustDecode: !saved, onProgress, kept, onKept });
  };
  const scanned = { train: await scan('train'), val: await scan('val') };

  const bad = saved ? [...saved.bad] : badFiles(files, scanned);
  const notices = badNotices(files, { scanned, bad, config });
  if (bad.length > 0 && !saved) {
    splits = choose(new Set(bad));
    if (wantsSums) {
      sums = new PixelSums(input, wantsColor);
      await sumViews('train', [...splits.train.indices], { pool, sums, wantsColor, onProgress });
    }
  }
  const used = files.filter(({ path }) => !new Set(bad).has(path));
  checkSizes(used, { scanned, config, input });
  if (source.passedOver.length > 0)
    notices.push(
      `Left out of data.source, as they are not images (${formatCount(source.passedOver.length)}): ${shown(source.passedOver)}.`,
    );
  if (kept.limit > 0) notices.push(keptNotice(kept, used.length));
  const digested = used.map(({ set, index, path }): DataFile => ({ path, digest: scanned[set].digests[index] ?? '' }));
  return {
    splits,
    hash: hashOf(source, used, digested),
    files: digested,
    notices,
    bad,
    preparation: preparationOf(config, saved, sums),
  };
}

type Scanned = Readonly<Record<SplitName, ScannedFiles>>;

const badFiles = (files: readonly FileOfSet[], scanned: Scanned): string[] =>
  files.filter(({ set, index }) => scanned[set].problems[index] !== undefined).map(({ path }) => path);

/** Refuses bad files, or says which are left out. */
function badNotices(
  files: readonly FileOfSet[],
  { scanned, bad, config }: { scanned: Scanned; bad: readonly string[]; config: DataConfig },
): string[] {
  if (bad.length === 0) return [];
  const all = new Set(bad);
  const named = files
    .filter(({ path }) => all.has(path))
    .map(({ set, index, path }) => `${path}: ${scanned[set].problems[index] ?? 'it was left out before'}`);
  const list = shown(named, { most: MOST_NAMED, between: '; ' });
  const count = `${formatCount(bad.length)} of ${formatCount(files.length)} image files`;
  if (config.badFiles === 'refuse')
    throw new RunFailure(
      `${count} can't be used: ${list}. Fix or remove them, or skip them: \`bad_files: skip\` under \`data\`.`,
      ['data', 'source'],
    );
  return [`${count} can't be used and ${bad.length === 1 ? 'is' : 'are'} left out: ${list}.`];
}

/** Every image that is used must give a view of the network's size. */
function checkSizes(
  used: readonly FileOfSet[],
  { scanned, config, input }: { scanned: Scanned; config: DataConfig; input: ReadOptions['input'] },
): void {
  const crop = { height: input[0], width: input[1] };
  const misfits = used.flatMap(({ set, index, path }) => {
    const extent = scanned[set].extents[index];
    const why = extent && misfit(extent, { augment: config.augment, crop });
    return why === undefined ? [] : [`${path}: ${why}`];
  });
  if (misfits.length === 0) return;
  const square = crop.height === crop.width;
  const advice = square
    ? `Write \`augment: {resize: ${crop.height}, crop: ${crop.height}}\` under \`data\``
    : 'Use a square network input, and set `resize` and `crop` in `augment` to its side';
  throw new RunFailure(
    `${formatCount(misfits.length)} of ${formatCount(used.length)} images do not fit the network (${shown(misfits, { most: 3, between: '; ' })}). ${advice}.`,
    ['data', 'augment'],
  );
}

function keptNotice({ images, bytes, limit }: KeptMemory, all: number): string {
  const how = `${Math.ceil(bytes / 2 ** 20)} MB of memory (data.cache_mb: ${Math.round(limit / 2 ** 20)})`;
  if (images >= all) return `All ${formatCount(all)} images are kept decoded, in ${how}.`;
  return `${formatCount(images)} of ${formatCount(all)} images are kept decoded, in ${how}; the others are decoded again every epoch.`;
}

function hashOf({ classes }: Source, used: readonly FileOfSet[], digested: readonly DataFile[]): string {
  const hash = createHash('sha256').update(JSON.stringify(classes));
  for (const [i, { set, label }] of used.entries()) hash.update(`\n${set} ${label} ${digested[i]?.digest}`);
  return hash.digest('hex');
}
