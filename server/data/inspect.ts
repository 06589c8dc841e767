/** What can be told of a run's data before it is opened: lists, headers and labels, and the start of the images; never all of them. */

import type { RunConfig } from '../domain/config.ts';
import { logitsSource, type Network } from '../domain/network/network.ts';
import { mapSize } from '../domain/shapes/size.ts';
import type { DataFacts } from '../protocol/data-look.ts';
import { RunFailure } from '../run-file/run-failure.ts';
import { Examples } from './examples.ts';
import { readIdx } from './idx.ts';
import { InputSums } from './input-sums.ts';
import { shown } from './listing.ts';
import { PixelSums } from './normalization.ts';
import { checkClasses } from './open.ts';
import { checkShape } from './read-arrays.ts';
import { checkCounts } from './read-data.ts';
import { openSource } from './source.ts';
import { chooseSplits } from './splits.ts';

/** Images that are looked at: their mean is known to two per cent. */
const IMAGES = 300;

/** Of the files that can't be used these are known without reading any. */
const brokenLinks = (files: readonly string[]): RunFailure =>
  new RunFailure(
    `${files.length} image ${files.length === 1 ? 'file is a link that leads' : 'files are links that lead'} nowhere: ${shown(files)}. Mend or remove them, or leave them out: \`bad_files: skip\` under \`data\`.`,
    ['data', 'source'],
  );

/** Inspect the data that a file names; undefined where it names none. Throws a RunFailure as opening it would. */
export async function inspectData({ data, seed, train }: RunConfig, network: Network): Promise<DataFacts | undefined> {
  if (!data) return undefined;
  const { input, classes } = network;
  const source = await openSource(data.source, (path) => readIdx(path, { items: IMAGES }));
  checkClasses(source, { classes, logitsAt: logitsSource(network) });
  if (data.badFiles === 'refuse' && source.broken.length > 0) throw brokenLinks(source.broken);
  const { images } = source.train;
  if (images.kind === 'arrays') checkShape(images, data, input);
  const splits = chooseSplits(source, data, { seed, isGood: () => true });
  checkCounts(splits, train.batchSize);
  const classCounts = new Array<number>(source.classes.length).fill(0);
  for (const label of splits.train.labels) classCounts[label] = (classCounts[label] ?? 0) + 1;
  if (images.kind !== 'arrays') return { classCounts };
  const { augment, maxPixels, normalize } = data;
  const examples = new Examples({ sets: { train: images }, input, seed, augment, maxPixels });
  const view = new Float32Array(mapSize(input));
  const count = images.values.length / mapSize(images.shape);
  const pixels = new PixelSums(input);
  for (let i = 0; i < count; i++) {
    examples.centerOf(await examples.raw('train', i), view);
    pixels.add(view);
  }
  examples.prepare({ normalization: pixels.normalization(normalize) });
  const sums = new InputSums();
  for (let i = 0; i < count; i++) {
    await examples.fill({ set: 'train', index: i }, view);
    sums.add(view);
  }
  return { classCounts, input: sums.statistics };
}
