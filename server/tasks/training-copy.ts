/** A copy of what a run file trains, for tests of which nothing is kept. */
import { readInitialWeights } from '../checkpoint/initial-weights.ts';
import type { Dataset } from '../data/dataset.ts';
import { openDataset } from '../data/open.ts';
import type { DataConfig, RunConfig } from '../domain/config.ts';
import { type Network, placeNetwork } from '../domain/network/network.ts';
import { chooseEngine } from '../engines/choose.ts';
import type { Engine } from '../engines/engine.ts';
import { WeightOutlines } from '../formats/weight-file.ts';
import type { Backend, Device } from '../protocol/events.ts';
import { checkRead } from '../run-file/check.ts';
import { placedMistakes } from '../run-file/mistake.ts';
import type { Positions } from '../run-file/positions.ts';
import { readRunFile } from '../run-file/read.ts';
import { placed, RunFailure } from '../run-file/run-failure.ts';
import { lookAtDataOf } from './look-at-data.ts';
import { placeOf } from './run-files.ts';
import { TaskError } from './task-error.ts';
import type { Cause } from './test-lines.ts';

/** A text that was read as if it stood in a file. */
export interface ReadText {
  readonly file: string;
  readonly config: RunConfig;
  readonly positions: Positions;
}

/** Read a text as if it stood in the file. Throws a TaskError with its mistakes. */
export function readConfig(file: string, text: string): ReadText {
  const { config, mistakes, positions } = readRunFile(text, placeOf(file));
  if (!config) throw new TaskError('badInput', placedMistakes(file, mistakes));
  return { file, config, positions };
}

/** Do something with a file's data; what is wrong with them is named on its line of the file, in a TaskError. */
export async function withData<T>(
  { file, config, positions }: ReadText,
  use: (data: DataConfig, network: Network) => Promise<T>,
): Promise<T> {
  try {
    if (!config.data)
      throw new RunFailure('the file names no data to train on: write `data: {source: fashion-mnist}`.', ['data']);
    return await use(config.data, placeNetwork(config.network));
  } catch (error) {
    throw error instanceof RunFailure ? new TaskError('badInput', placed(file, positions, error)) : error;
  }
}

export interface CopyOptions {
  readonly backend: Backend | 'auto';
  readonly device: Device | 'auto';
  /** Called between steps: may throw to end the test. */
  readonly check: () => void;
  /** Gets how many steps of at most how many were taken. */
  readonly progress: (step: number, most: number) => void;
  /** Gets what the user should know of the data and the engine. */
  readonly notice: (text: string) => void;
}

/** What a test trains: the engine is its own, its variables are not assigned yet. */
export interface TrainingCopy {
  readonly config: RunConfig;
  readonly network: Network;
  readonly dataset: Dataset;
  readonly engine: Engine;
  /** Weights that come from a file. */
  readonly stored: ReadonlyMap<string, Float32Array> | undefined;
}

/** Open the data and an engine, use them, and put both away again. Throws a TaskError where they can't be had. */
export const withTrainingCopy = <T>(
  read: ReadText,
  { backend, device, check, notice }: CopyOptions,
  use: (copy: TrainingCopy) => Promise<T>,
): Promise<T> =>
  withData(read, async (data, network) => {
    const { config, file, positions } = read;
    const stored = readInitialWeights(config, network, { file, positions })?.values;
    const { seed, train } = config;
    const { batchSize } = train;
    const { input, classes } = network;
    const dataset = await openDataset(data, { seed, input, classes, batchSize, onProgress: check });
    try {
      const { engine, notices } = await chooseEngine({
        ...{ backend, device, pinned: undefined, network, batchSize, train },
        report: notice,
      });
      for (const text of [...dataset.notices, ...notices]) notice(text);
      try {
        return await use({ config, network, dataset, engine, stored });
      } finally {
        await engine.close();
      }
    } finally {
      await dataset.close();
    }
  });

/** What `check` finds in a text and its data: the causes, not what follows from them. */
export async function causesIn(file: string, text: string): Promise<Cause[]> {
  const { read } = new WeightOutlines();
  const runFile = readRunFile(text, { ...placeOf(file), readStored: read });
  const { facts } = await lookAtDataOf(runFile);
  const findings = checkRead(runFile, { data: facts }).checked?.findings ?? [];
  return findings
    .filter(({ cause, severity }) => cause === undefined && severity !== 'information')
    .map(({ rule, line, column, message }) => ({
      rule,
      ...(line !== undefined && { line }),
      ...(column !== undefined && { column }),
      message,
    }));
}
