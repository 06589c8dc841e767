import { writeFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { ruleIds } from '../domain/rules/rule-ids.ts';
import { differingLines, fixFile } from './fix-file.ts';
import { print, say, styled } from './output.ts';
import { readText } from './run-files.ts';

function printDifference(before: string, after: string): void {
  const { removed, added } = differingLines(before, after);
  for (const line of removed) print(styled('red', `- ${line}`));
  for (const line of added) print(styled('green', `+ ${line}`));
}

/** `rectiscope fix FILE` */
export function fixCommand(): Command {
  return new Command('fix')
    .description('The fixes of what `check` finds, as a difference or written.')
    .argument('<file>', 'run file')
    .addOption(new Option('--rule <id>', 'only this rule’s').choices(ruleIds))
    .option('--write', 'change the file; comments and layout stay')
    .action(async (file: string, { rule, write = false }: { rule?: string; write?: boolean }) => {
      const before = readText(file);
      const { text, fixes } = await fixFile(file, before, rule);
      if (fixes.length === 0) return say(`${file}: nothing to fix.`);
      for (const fix of fixes) say(`${fix.rule}: ${fix.title}`);
      if (write) writeFileSync(file, text);
      else printDifference(before, text);
    });
}
