/** Run files as a command gets them. */
import { dirname, resolve } from 'node:path';
import { BUNDLED } from '../domain/config.ts';
import { WeightOutlines } from '../formats/weight-file.ts';
import type { DataLook } from '../protocol/data-look.ts';
import { printableLine } from '../protocol/printable.ts';
import { describeDataProblem } from '../run-file/data-failure.ts';
import { LARGEST_RUN_FILE } from '../run-file/document.ts';
import type { Mistake } from '../run-file/mistake.ts';
import { applyOverrides } from '../run-file/overrides.ts';
import { type RunFile, readRunFile } from '../run-file/read.ts';
import { readRegularFile } from '../system/regular-file.ts';
import { CommandError, Exit } from './output.ts';

/** file:line:column: message, as compilers write it. */
export const describeMistake = (file: string, { range, message }: Mistake): string =>
  `${printableLine(file)}:${range.line}:${range.column}: ${message}`;

const WHY: Partial<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENAMETOOLONG: 'no file can have so long a name',
  // A zero byte, say.
  ERR_INVALID_ARG_VALUE: 'no file can have that name',
};

/** A run file's text; a message instead of a stack where it can't be read: also where it is no file, or too large to be a run file. */
export function readText(file: string): string {
  try {
    return readRegularFile(file, { largest: LARGEST_RUN_FILE }).toString('utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = WHY[code ?? ''] ?? (error as Error).message;
    throw new CommandError(Exit.badInput, `${printableLine(file)}: ${why}.`);
  }
}

/** A run file's text from standard input. */
export async function readInput(): Promise<string> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of process.stdin as AsyncIterable<Buffer>) {
    pieces.push(piece);
    length += piece.length;
    if (length > LARGEST_RUN_FILE)
      throw new CommandError(Exit.badInput, 'A run file has at most 64 KB; more comes from standard input.');
  }
  return Buffer.concat(pieces).toString('utf8');
}

export interface NamedText {
  /** Absolute. */
  readonly file: string;
  readonly folder: string;
  readonly text: string;
}

/** Read a file and apply `--set key=value` to its text. */
function readWithOverrides(file: string, overrides: readonly string[]): NamedText {
  const absolute = resolve(file);
  const { text, mistakes } = applyOverrides(readText(file), overrides);
  if (mistakes.length > 0)
    throw new CommandError(Exit.badInput, mistakes.map(({ message }) => `--set: ${message}`).join('\n'));
  return { file: absolute, folder: dirname(absolute), text };
}

/** What can be told of the data; without data there is nothing to load the image decoder for. */
export async function lookAt({ config }: RunFile): Promise<DataLook> {
  if (!config?.data) return {};
  const { lookAtData } = await import('../data/look.ts');
  return lookAtData(config);
}

/**
 * Files to train, every one of them read, and its data looked at, before any is queued: a mistake in the last one must not be found
 * after an hour. Throws a CommandError that lists all mistakes of all files.
 */
export async function readForTraining(files: readonly string[], overrides: readonly string[]): Promise<NamedText[]> {
  const texts = files.map((file) => readWithOverrides(file, overrides));
  const outlines = new WeightOutlines();
  const mistakes = texts.map(async ({ file, folder, text }) => {
    const runFile = readRunFile(text, { fileName: file, folder, readStored: outlines.read });
    if (!runFile.config) return runFile.mistakes.map((mistake) => describeMistake(file, mistake));
    // One run of the images that are carried along: they are there, and the trainer tells at once what does not fit them.
    if (files.length === 1 && runFile.config.data?.source === BUNDLED) return [];
    const { problem } = await lookAt(runFile);
    if (!problem) return [];
    const { line, column, message } = describeDataProblem(problem, runFile.positions);
    return [`${printableLine(file)}:${line}:${column}: ${message}`];
  });
  const all = (await Promise.all(mistakes)).flat();
  if (all.length > 0) throw new CommandError(Exit.badInput, all.join('\n'));
  return texts;
}

/** For commander: collects a repeatable option. */
export const collect = (value: string, previous: readonly string[] = []): string[] => [...previous, value];
