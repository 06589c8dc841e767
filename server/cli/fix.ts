import { writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Command } from 'commander';
import { type FixedText, fixText } from '../run-file/fix.ts';
import { WeightOutlines } from '../weight-file.ts';
import { CommandError, Exit, print, say, styled } from './output.ts';
import { describeMistake, readText } from './run-files.ts';

/** A file's text with its fixes; a message where the file has mistakes. */
function fixFile(file: string, original: string, rule: string | undefined): FixedText {
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

/** The lines that differ, as a diff shows them. Fixes replace values, so lines keep their order. */
function printDifference(before: string, after: string): void {
  const [old, fixed] = [before.split('\n'), after.split('\n')];
  const kept = new Set(fixed);
  const was = new Set(old);
  for (const line of old.filter((one) => !kept.has(one))) print(styled('red', `- ${line}`));
  for (const line of fixed.filter((one) => !was.has(one))) print(styled('green', `+ ${line}`));
}

/** `rectiscope fix FILE` */
export function fixCommand(): Command {
  return new Command('fix')
    .description('The fixes of what `check` finds, as a difference or written.')
    .argument('<file>', 'run file')
    .option('--rule <id>', 'only this rule’s')
    .option('--write', 'change the file; comments and layout stay')
    .action((file: string, { rule, write = false }: { rule?: string; write?: boolean }) => {
      const before = readText(file);
      const { text, fixes } = fixFile(file, before, rule);
      if (fixes.length === 0) return say(`${file}: nothing to fix.`);
      for (const fix of fixes) say(`${fix.rule}: ${fix.title}`);
      if (write) writeFileSync(file, text);
      else printDifference(before, text);
    });
}
