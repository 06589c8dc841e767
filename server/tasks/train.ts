/** Training: reads and checks run files before any is queued, and queues them. */
import { resolve } from 'node:path';
import type { LastingClient } from '../client/lasting-client.ts';
import { BUNDLED } from '../domain/config.ts';
import { WeightOutlines } from '../formats/weight-file.ts';
import { type RunSummary, Runs, Train, type TrainParams } from '../protocol/requests.ts';
import { isOver } from '../protocol/run-state.ts';
import { describeDataProblem } from '../run-file/data-failure.ts';
import { placedMistake } from '../run-file/mistake.ts';
import { applyOverrides } from '../run-file/overrides.ts';
import { readRunFile } from '../run-file/read.ts';
import { lookAtDataOf } from './look-at-data.ts';
import { placeOf, readText } from './run-files.ts';
import { TaskError } from './task-error.ts';

export interface NamedText {
  /** Absolute. */
  readonly file: string;
  readonly text: string;
}

/** Read a file and apply `--set key=value` to its text. */
function readWithOverrides(file: string, overrides: readonly string[]): NamedText {
  const { text, mistakes } = applyOverrides(readText(file), overrides);
  if (mistakes.length > 0)
    throw new TaskError('badInput', mistakes.map(({ message }) => `--set: ${message}`).join('\n'));
  return { file: resolve(file), text };
}

/**
 * Reads all files, and looks at their data, before any is queued: a mistake in the last one must not be found
 * after an hour. Throws a TaskError that lists all mistakes of all files.
 */
export async function readForTraining(files: readonly string[], overrides: readonly string[]): Promise<NamedText[]> {
  const texts = files.map((file) => readWithOverrides(file, overrides));
  const outlines = new WeightOutlines();
  const mistakes = texts.map(async ({ file, text }) => {
    const runFile = readRunFile(text, { ...placeOf(file), readStored: outlines.read });
    if (!runFile.config) return runFile.mistakes.map((mistake) => placedMistake(file, mistake));
    // A single run on the bundled images: they exist, and the trainer reports at once what does not fit them.
    if (files.length === 1 && runFile.config.data?.source === BUNDLED) return [];
    const { problem } = await lookAtDataOf(runFile);
    if (!problem) return [];
    const { line, column, message } = describeDataProblem(problem, runFile.positions);
    return [`${file}:${line}:${column}: ${message}`];
  });
  const all = (await Promise.all(mistakes)).flat();
  if (all.length > 0) throw new TaskError('badInput', all.join('\n'));
  return texts;
}

/** Queues a run of each text; `ahead` are the runs before them in the queue. */
export async function queueRuns(
  client: LastingClient,
  texts: readonly NamedText[],
  options: Pick<TrainParams, 'overrides' | 'backend' | 'device'>,
): Promise<{ runs: RunSummary[]; ahead: RunSummary[] }> {
  const ahead = (await client.request(Runs)).filter(({ state }) => !isOver(state));
  const runs: RunSummary[] = [];
  for (const { file, text } of texts) runs.push(await client.request(Train, { file, text, ...options }));
  return { runs, ahead };
}
