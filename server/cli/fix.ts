import { Command, Option } from 'commander';
import { ruleIds } from '../domain/rules/rule-ids.ts';
import { fixFile } from '../tasks/fix.ts';
import { print, say, styled } from './output.ts';

/** `rectiscope fix FILE` */
export function fixCommand(): Command {
  return new Command('fix')
    .description('The fixes of `check`’s findings, as a diff or written to the file.')
    .argument('<file>', 'run file')
    .addOption(new Option('--rule <id>', 'only this rule’s').choices(ruleIds))
    .option('--write', 'change the file; comments and layout stay')
    .action(async (file: string, { rule, write = false }: { rule?: string; write?: boolean }) => {
      const { fixes, removed, added } = await fixFile(file, { rule, write });
      if (fixes.length === 0) return say(`${file}: nothing to fix.`);
      for (const fix of fixes) say(`${fix.rule}: ${fix.title}`);
      if (write) return undefined;
      for (const line of removed) print(styled('red', `- ${line}`));
      for (const line of added) print(styled('green', `+ ${line}`));
      return undefined;
    });
}
