/** Trains part of a run again, from a checkpoint to the last one: are the weights the same, bit for bit? */
import { dirname } from 'node:path';
import {
  arrayValues,
  type Checkpoint,
  type CheckpointState,
  latestCheckpoint,
  readCheckpoint,
  weightsHashOf,
} from '../checkpoint/checkpoint.ts';
import { checkFits, configHash } from '../checkpoint/fit.ts';
import { checkWeightFiles, readInitialWeights } from '../checkpoint/initial-weights.ts';
import { noCheckpoint } from '../checkpoint/no-checkpoint.ts';
import { initialVariables, variableValues } from '../checkpoint/variables.ts';
import type { Dataset } from '../data/dataset.ts';
import { changedFiles } from '../data/file-list.ts';
import { openDataset } from '../data/open.ts';
import type { RunConfig } from '../domain/config.ts';
import { type Network, placeNetwork } from '../domain/network/network.ts';
import { formatCount } from '../domain/numbers/format.ts';
import { isDue } from '../domain/schedule/duration.ts';
import { afterEvaluation, startPlateau } from '../domain/schedule/plateau.ts';
import { emptyBatch, stepBatch } from '../engines/batch.ts';
import { chooseEngine } from '../engines/choose.ts';
import type { Engine } from '../engines/engine.ts';
import type { EvaluationEvent } from '../protocol/events.ts';
import type { RunSnapshot } from '../protocol/requests.ts';
import { unpack } from '../protocol/scalar.ts';
import { type RunFile, readRunFile } from '../run-file/read.ts';
import { RunFailure } from '../run-file/run-failure.ts';

/** The result of a replay; hashes are SHA-256 over all variables. */
export interface Replay {
  /** Step of the checkpoint that it started from; 0: the start. */
  readonly from: number;
  /** Step of the last checkpoint. */
  readonly step: number;
  readonly hash: string;
  readonly recorded: string;
  readonly engine: CheckpointState['engine'];
  /** First step whose loss differs from the run's. */
  readonly difference: { readonly step: number; readonly recorded: number; readonly replayed: number } | undefined;
}

export interface ReplayOptions {
  readonly notice: (message: string) => void;
  /** Called after every step, and while images are read: with the number of steps done and in total. May throw to end it. */
  readonly onProgress: (done: number, steps: number) => void;
}

/** Trains from the second-to-last checkpoint to the last, in memory; the run's files are only read. Throws a RunFailure. */
export async function replayRun(snapshot: RunSnapshot, options: ReplayOptions): Promise<Replay> {
  const { text, summary } = snapshot;
  const { name, file } = summary;
  const runFile = readRunFile(text, { fileName: file, folder: dirname(file) });
  const { config, mistakes } = runFile;
  if (!config?.data)
    throw new RunFailure(`The run file of ${name} can't be read by this version: ${mistakes[0]?.message ?? 'no data'}`);
  const last = await lastCheckpoint(snapshot);
  const before = await checkpointBefore(last, options.notice);
  if (!before)
    options.notice(
      `There is no checkpoint before step ${formatCount(last.state.step)}: replaying from the first step.`,
    );
  const network = placeNetwork(config.network);
  const { optimizer } = config.train;
  const stored = before ? undefined : storedWeights(last, { config, network, runFile, file });

  const steps = last.state.step - (before?.state.step ?? 0);
  const dataset = await openDataset(config.data, {
    seed: config.seed,
    input: network.input,
    classes: network.classes,
    batchSize: config.train.batchSize,
    saved: last.state.data,
    onProgress: () => options.onProgress(0, steps),
  });
  try {
    const folder = dirname(last.file);
    const changes = dataset.hash === last.state.dataHash ? [] : await changedFiles(folder, dataset.files);
    checkFits(last, { configHash: configHash(config), dataHash: dataset.hash, changes });
    const { engine, notices } = await chooseEngine({
      ...{ backend: 'auto', device: 'auto', pinned: last.state.engine, network },
      ...{ batchSize: config.train.batchSize, train: config.train, report: options.notice },
    });
    for (const notice of notices) options.notice(notice);
    try {
      await engine.assign(
        before ? arrayValues(before.arrays) : initialVariables({ network, optimizer }, { seed: config.seed, stored }),
      );
      return await trainAgain({ snapshot, config, network, dataset, engine, before, last, options });
    } finally {
      await engine.close();
    }
  } finally {
    await dataset.close();
  }
}

async function lastCheckpoint({ summary, checkpoint }: RunSnapshot): Promise<Checkpoint> {
  if (!checkpoint) throw new RunFailure(noCheckpoint(summary, 'is nothing to verify'));
  const { file, weights_hash: recorded } = checkpoint;
  const last = await readCheckpoint(file).catch((error: Error) => {
    throw new RunFailure(`The last checkpoint can't be read: ${file}: ${error.message}.`);
  });
  if (last.weightsHash !== recorded)
    throw new RunFailure(
      `${file} is not the checkpoint that the run wrote: its weights have the hash ${last.weightsHash}, the run recorded ${recorded}.`,
    );
  return last;
}

const checkpointBefore = ({ file, state }: Checkpoint, notice: (message: string) => void) =>
  latestCheckpoint(dirname(file), {
    upTo: state.step - 1,
    passedOver: (damaged, why) => notice(`${damaged} can't be used (${why}); one before it is.`),
  });

/** The run's initial weights, if they came from files: the same files, or a RunFailure. */
function storedWeights(
  { state: { weightFiles } }: Checkpoint,
  { config, network, runFile, file }: { config: RunConfig; network: Network; runFile: RunFile; file: string },
): ReadonlyMap<string, Float32Array> | undefined {
  if (weightFiles) checkWeightFiles(network, weightFiles);
  return readInitialWeights(config, network, { file, positions: runFile.positions })?.values;
}

interface Stretch {
  readonly snapshot: RunSnapshot;
  readonly config: RunConfig;
  readonly network: Network;
  readonly dataset: Dataset;
  readonly engine: Engine;
  readonly before: Checkpoint | undefined;
  readonly last: Checkpoint;
  readonly options: ReplayOptions;
}

async function trainAgain(stretch: Stretch): Promise<Replay> {
  const { snapshot, config, network, dataset, engine, before, last, options } = stretch;
  const { batchSize } = config.train;
  const stepsPerEpoch = dataset.trainCount / batchSize;
  const { images, labels } = emptyBatch(network, batchSize);
  const losses = recordedLosses(snapshot);
  const evaluations = new Map(snapshot.evaluations.map((evaluation) => [evaluation.step, evaluation]));
  const from = before?.state.step ?? 0;
  let plateau = before?.state.plateau ?? startPlateau;
  let difference: Replay['difference'];
  for (let step = from + 1; step <= last.state.step; step++) {
    await dataset.trainBatch(step, images, labels);
    const batch = stepBatch(step, { config, network, stepsPerEpoch, images, labels, drops: plateau.drops });
    const { loss } = await engine.step(batch, { probe: false });
    const recorded = losses.get(step);
    if (recorded !== undefined && !Object.is(recorded, loss)) difference ??= { step, recorded, replayed: loss };
    // The rate may depend on errors measured during the run; they were recorded.
    const evaluation: EvaluationEvent | undefined = evaluations.get(step);
    if (evaluation && isDue(config.evaluate.every, step, stepsPerEpoch))
      plateau = afterEvaluation(plateau, evaluation, { train: config.train, stepsPerEpoch });
    options.onProgress(step - from, last.state.step - from);
    // A session call blocks the thread: let an interrupt be handled.
    await new Promise((resolve) => setImmediate(resolve));
  }
  const variables = variableValues({ network, optimizer: config.train.optimizer }, await engine.read());
  return {
    ...{ from, step: last.state.step, engine: last.state.engine, difference },
    hash: weightsHashOf(variables),
    recorded: last.weightsHash,
  };
}

function recordedLosses({ steps }: RunSnapshot): Map<number, number> {
  const losses = unpack(steps.loss);
  return new Map(Array.from(unpack(steps.step), (step, i) => [step, losses[i] ?? Number.NaN]));
}
