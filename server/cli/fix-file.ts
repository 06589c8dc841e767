/** A run file with the fixes of what is found in it: for `fix` and for agents. */
import { dirname, resolve } from 'node:path';
import { WeightOutlines } from '../formats/weight-file.ts';
import { type FixedText, fixText } from '../run-file/fix.ts';
import { CommandError, Exit } from './output.ts';
import { describeMistake } from './run-files.ts';

/** A file's text with its fixes, or with that of one rule; throws a CommandError where the file has mistakes. */
export function fixFile(file: string, original: string, rule: string | undefined): FixedText {
  const fixed = fixText(original, {
    fileName: file,
    folder: dirname(resolve(file)),
    readStored: new WeightOutlines().read,
    rule,
  });
  if (fixed.mistakes.length > 0)
    throw new CommandError(Exit.badInput, fixed.mistakes.map((mistake) => describeMistake(file, mistake)).join('\n'));
  return fixed;
}
