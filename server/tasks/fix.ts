/** A run file with the fixes of its findings. */
import { writeFileSync } from 'node:fs';
import { WeightOutlines } from '../formats/weight-file.ts';
import { type AppliedFix, fixText } from '../run-file/fix.ts';
import { differingLines } from '../run-file/line-changes.ts';
import { placedMistakes } from '../run-file/mistake.ts';
import { readRunFile } from '../run-file/read.ts';
import { lookAtDataOf } from './look-at-data.ts';
import { placeOf, readText } from './run-files.ts';
import { TaskError } from './task-error.ts';

/** A run file's text with fixes. */
export interface Fixed {
  readonly text: string;
  readonly fixes: readonly AppliedFix[];
}

/** The text of a file with its fixes, or with that of one rule. Throws a TaskError if it has mistakes. */
export async function fixedText(file: string, original: string, rule: string | undefined): Promise<Fixed> {
  const options = { ...placeOf(file), readStored: new WeightOutlines().read };
  const { facts } = await lookAtDataOf(readRunFile(original, { ...options, forCheck: true }));
  // The statistics of the input are left out: a fix may change how the images are normalised.
  const data = facts && { classCounts: facts.classCounts, survey: facts.survey };
  const { mistakes, ...fixed } = fixText(original, { ...options, data, rule });
  if (mistakes.length > 0) throw new TaskError('badInput', placedMistakes(file, mistakes));
  return fixed;
}

/** What fixing a file comes to. */
export interface FixedFile {
  readonly file: string;
  /** None: there is nothing to fix. */
  readonly fixes: readonly AppliedFix[];
  /** Lines before and after. */
  readonly removed: readonly string[];
  readonly added: readonly string[];
  readonly written: boolean;
}

/** Fix a file, or by one rule only; it is changed with `write` alone. Throws a TaskError where it can't be read or has mistakes. */
export async function fixFile(
  file: string,
  { rule, write }: { rule?: string | undefined; write: boolean },
): Promise<FixedFile> {
  const before = readText(file);
  const { text, fixes } = await fixedText(file, before, rule);
  const written = write && fixes.length > 0;
  if (written) writeFileSync(file, text);
  return { file, fixes, ...differingLines(before, text), written };
}
