/** A run file with the fixes of its findings. */
import { writeFileSync } from 'node:fs';
import { WeightOutlines } from '../formats/weight-file.ts';
import { type AppliedFix, fixText } from '../run-file/fix.ts';
import { placedMistakes } from '../run-file/mistake.ts';
import { placeOf, readText } from './run-files.ts';
import { TaskError } from './task-error.ts';

/** A run file's text with fixes. */
export interface Fixed {
  readonly text: string;
  readonly fixes: readonly AppliedFix[];
}

/** The text of a file with its fixes, or with that of one rule. Throws a TaskError if it has mistakes. */
export function fixedText(file: string, original: string, rule: string | undefined): Fixed {
  const { mistakes, ...fixed } = fixText(original, { ...placeOf(file), readStored: new WeightOutlines().read, rule });
  if (mistakes.length > 0) throw new TaskError('badInput', placedMistakes(file, mistakes));
  return fixed;
}

/** The lines that differ, as a diff shows them. Fixes replace values, so lines keep their order. */
function differingLines(before: string, after: string): { removed: string[]; added: string[] } {
  const [old, fixed] = [before.split('\n'), after.split('\n')];
  const [kept, was] = [new Set(fixed), new Set(old)];
  return { removed: old.filter((one) => !kept.has(one)), added: fixed.filter((one) => !was.has(one)) };
}

/** The result of fixing a file. */
export interface FixedFile {
  readonly file: string;
  /** None: there is nothing to fix. */
  readonly fixes: readonly AppliedFix[];
  /** Lines before and after. */
  readonly removed: readonly string[];
  readonly added: readonly string[];
  readonly written: boolean;
}

/** Fix a file, or by one rule only; it is changed only with `write`. Throws a TaskError if it can't be read or has mistakes. */
export function fixFile(file: string, { rule, write }: { rule?: string | undefined; write: boolean }): FixedFile {
  const before = readText(file);
  const { text, fixes } = fixedText(file, before, rule);
  const written = write && fixes.length > 0;
  if (written) writeFileSync(file, text);
  return { file, fixes, ...differingLines(before, text), written };
}
