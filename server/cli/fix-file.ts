/** A run file with the fixes of what is found in it: for `fix` and for agents. */
import { dirname, resolve } from 'node:path';
import { WeightOutlines } from '../formats/weight-file.ts';
import { type FixedText, fixText } from '../run-file/fix.ts';
import { readRunFile } from '../run-file/read.ts';
import { CommandError, Exit } from './output.ts';
import { describeMistake, lookAt } from './run-files.ts';

/** A file's text with its fixes, or with that of one rule; throws a CommandError where the file has mistakes. */
export async function fixFile(file: string, original: string, rule: string | undefined): Promise<FixedText> {
  const options = { fileName: file, folder: dirname(resolve(file)), readStored: new WeightOutlines().read };
  const { facts } = await lookAt(readRunFile(original, { ...options, forCheck: true }));
  // How many examples there are says how long an epoch is.
  const data = facts && { classCounts: facts.classCounts };
  const fixed = fixText(original, { ...options, data, rule });
  if (fixed.mistakes.length > 0)
    throw new CommandError(Exit.badInput, fixed.mistakes.map((mistake) => describeMistake(file, mistake)).join('\n'));
  return fixed;
}

/** The lines that differ, as a diff shows them. Fixes replace values, so lines keep their order. */
export function differingLines(before: string, after: string): { removed: string[]; added: string[] } {
  const [old, fixed] = [before.split('\n'), after.split('\n')];
  const [kept, was] = [new Set(fixed), new Set(old)];
  return { removed: old.filter((one) => !kept.has(one)), added: fixed.filter((one) => !was.has(one)) };
}
