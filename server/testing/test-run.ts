/** Testing a trained run on images of its data. */

import type { Dataset } from '../data/dataset.ts';
import type { SplitName } from '../data/image.ts';
import { openDataset } from '../data/open.ts';
import type { Views } from '../domain/config.ts';
import { type ForwardBackend, Inference } from '../engines/inference.ts';
import { RunFailure } from '../run-file/run-failure.ts';
import { scoreSplit } from './score-split.ts';
import type { TrainedRun } from './trained-run.ts';

/** The data of a trained run, prepared as it was in training; with notices for the user. */
export async function openTrainedData(
  { config, network, state }: TrainedRun,
  onProgress: () => void,
): Promise<{ dataset: Dataset; notices: string[] }> {
  if (!config.data) throw new RunFailure('The run file names no data to test on.');
  // Each image is used once or twice: keeping training images decoded would be a waste.
  const dataset = await openDataset(
    { ...config.data, cacheBytes: 0 },
    {
      seed: config.seed,
      input: network.input,
      classes: network.classes,
      batchSize: config.train.batchSize,
      saved: state.data,
      onProgress,
    },
  );
  const notices = [...dataset.notices];
  if (dataset.hash !== state.dataHash)
    notices.push('The data has changed since the run was trained: errors are those of the current images.');
  return { dataset, notices };
}

function refuse(first: TrainedRun, run: TrainedRun, why: string): never {
  throw new RunFailure(
    `The scores of ${first.name} (${first.run}) and ${run.name} (${run.run}) can't be averaged: ${why}.`,
  );
}

/** Throws a RunFailure unless both runs test on the same source and have as many classes; reads no data. */
export function checkSameSource(first: TrainedRun, run: TrainedRun): void {
  const [a, b] = [first.config.data?.source, run.config.data?.source];
  if (a !== b) refuse(first, run, `one is tested on ${a}, the other on ${b}`);
  const [own, others] = [first.network.classes, run.network.classes];
  if (own !== others) refuse(first, run, `they have ${own} and ${others} logits`);
}

/** Throws a RunFailure unless both runs test the same images of the same classes: other scores can't be averaged. */
export function checkSameImages(
  first: TrainedRun,
  own: Dataset,
  { run, dataset, split }: { run: TrainedRun; dataset: Dataset; split: SplitName },
): void {
  const names = dataset.classes.map((name, k) => (own.classes[k] === name ? undefined : name)).find(Boolean);
  if (names !== undefined || own.classes.length !== dataset.classes.length) refuse(first, run, 'their classes differ');
  const [labels, others] = [own.labels(split), dataset.labels(split)];
  const isSame =
    labels.length === others.length &&
    labels.every((label, i) => label === others[i] && own.exampleName(split, i) === dataset.exampleName(split, i));
  if (!isSame)
    refuse(
      first,
      run,
      `their ${split} images differ (${labels.length} and ${others.length}); give both the same seed, \`data.limit\` and \`data.validation\``,
    );
}

interface TestOptions {
  readonly trained: TrainedRun;
  readonly dataset: Dataset;
  readonly backend: ForwardBackend;
  readonly split: SplitName;
  readonly views: Views;
  readonly scales: readonly number[];
  readonly onProgress: (done: number) => void;
}

/** Logarithms of the averaged scores of every image of a split, [images, classes], flat. */
export async function scoresOf({ trained, dataset, backend, ...options }: TestOptions): Promise<Float64Array> {
  const { network, weights } = trained;
  const count = dataset.labels(options.split).length;
  const scores = new Float64Array(count * network.classes);
  const inference = new Inference(network, backend, weights);
  try {
    await scoreSplit({
      ...{ inference, dataset, ...options },
      onScores: (i, _, own) => scores.set(own, i * network.classes),
    });
  } finally {
    await inference.close();
  }
  return scores;
}
