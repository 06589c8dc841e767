/** What can be told of a run's data before it is trained on: lists, headers and labels, and a survey of the images. */

import type { RunConfig } from '../domain/config.ts';
import { logitsSource, type Network } from '../domain/network/network.ts';
import { mapSize } from '../domain/shapes/size.ts';
import type { DataFacts } from '../protocol/data-look.ts';
import { RunFailure } from '../run-file/run-failure.ts';
import { readIdx } from './idx.ts';
import { InputSums } from './input-sums.ts';
import { shown } from './listing.ts';
import { normalize, PixelSums } from './normalization.ts';
import { checkClasses } from './open.ts';
import { checkShape } from './read-arrays.ts';
import { checkCounts } from './read-data.ts';
import { checkChannels } from './read-folder.ts';
import { openSource } from './source.ts';
import { chooseSplits } from './splits.ts';
import { survey } from './survey.ts';

/** Of an IDX file, unpacked: all of MNIST and of CIFAR-10; of a larger one the beginning. */
const MOST_BYTES = 256 * 2 ** 20;
/** Views that are kept for the statistics of the input. */
const MOST_VIEWS = 2 ** 24;

/** Of the files that can't be used these are known without reading any. */
const brokenLinks = (files: readonly string[]): RunFailure =>
  new RunFailure(
    `${files.length} image ${files.length === 1 ? 'file is a link that leads' : 'files are links that lead'} nowhere: ${shown(files)}. Mend or remove them, or leave them out: \`bad_files: skip\` under \`data\`.`,
    ['data', 'source'],
  );

/** Inspect the data that a file names; undefined where it names none. Throws a RunFailure as opening it would. */
export async function inspectData(config: RunConfig, network: Network): Promise<DataFacts | undefined> {
  const { data, seed, train } = config;
  if (!data) return undefined;
  const { input, classes } = network;
  const source = await openSource(data.source, (path) => readIdx(path, { bytes: MOST_BYTES }));
  checkClasses(source, { classes, logitsAt: logitsSource(network) });
  if (data.badFiles === 'refuse' && source.broken.length > 0) throw brokenLinks(source.broken);
  const { images } = source.train;
  if (images.kind === 'arrays') checkShape(images, data, input);
  else checkChannels(input);
  const splits = chooseSplits(source, data, { seed, isGood: () => true });
  checkCounts(splits, train.batchSize);
  const classCounts = new Array<number>(source.classes.length).fill(0);
  for (const label of splits.train.labels) classCounts[label] = (classCounts[label] ?? 0) + 1;
  const views: Float32Array[] = [];
  const onView = (view: Float32Array) => {
    if ((views.length + 1) * mapSize(input) <= MOST_VIEWS) views.push(view);
  };
  const found = await survey({ source, splits, config: { ...config, data }, logits: classes, onView });
  if (views.length === 0) return { classCounts, survey: found };
  const pixels = new PixelSums(input);
  for (const view of views) pixels.add(view);
  const normalization = pixels.normalization(data.normalize);
  const sums = new InputSums();
  for (const view of views) {
    normalize(normalization, view, { height: input[0], width: input[1] });
    sums.add(view);
  }
  return { classCounts, input: sums.statistics, survey: found };
}
