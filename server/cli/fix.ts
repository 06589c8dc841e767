import { writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Command } from 'commander';
import { checkRunFile } from '../run-file/check.ts';
import { applyEdits } from '../run-file/edit.ts';
import { WeightOutlines } from '../weight-file.ts';
import { CommandError, Exit, print, say, styled } from './output.ts';
import { describeMistake, readText } from './run-files.ts';

/** A run file with the fixes of its static findings, and what was fixed. */
export interface Fixed {
  readonly text: string;
  readonly titles: readonly string[];
}

/**
 * Apply the fixes of a file's static findings, one rule after the other: a fix often mends several findings. `rule`: only that
 * one's. Throws a CommandError where the file has mistakes.
 */
export function fixFile(file: string, original: string, rule?: string): Fixed {
  const titles: string[] = [];
  let text = original;
  const outlines = new WeightOutlines();
  // Every round mends at least one finding; a file has fewer rules than this.
  for (let round = 0; round < 20; round++) {
    const options = { fileName: file, folder: dirname(resolve(file)), readStored: outlines.read };
    const { runFile, checked } = checkRunFile(text, options);
    if (!checked)
      throw new CommandError(
        Exit.badInput,
        runFile.mistakes.map((mistake) => describeMistake(file, mistake)).join('\n'),
      );
    const finding = checked.findings.find((one) => one.fix && (rule === undefined || one.rule === rule));
    if (!finding?.fix) break;
    const next = applyEdits(runFile.positions, finding.fix.edits);
    if (next === text) break;
    titles.push(`${finding.rule}: ${finding.fix.title}`);
    text = next;
  }
  return { text, titles };
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
      const { text, titles } = fixFile(file, before, rule);
      if (titles.length === 0) return say(`${file}: nothing to fix.`);
      for (const title of titles) say(title);
      if (write) writeFileSync(file, text);
      else printDifference(before, text);
    });
}
