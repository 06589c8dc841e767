import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import type { Client } from '../client/connect.ts';
import { type RunSnapshot, Show, Train } from '../protocol/requests.ts';
import { applyEdits } from '../run-file/edit.ts';
import { applyOverrides } from '../run-file/overrides.ts';
import { readRunFile } from '../run-file/read.ts';
import { withServer } from './client.ts';
import { measures, verdict } from './compare.ts';
import { fixFile } from './fix.ts';
import { follow } from './follow.ts';
import { number, percent } from './format.ts';
import { CommandError, Exit, print, printJson, say, table } from './output.ts';
import { readText } from './run-files.ts';

/** A file, and its copy with the fix. */
interface Pair {
  readonly file: string;
  readonly text: string;
  readonly fixed: string;
  readonly titles: readonly string[];
}

/** The fixes of a run's live findings, on the text that it was run with. */
function fixRun({ summary, text, findings }: RunSnapshot, rule?: string): Pair {
  // A root cause's fix is the one to prove; its consequences would ask for others.
  const finding = findings.find(
    (one) => one.fix && one.cause === undefined && (rule === undefined || one.rule === rule),
  );
  if (!finding?.fix)
    throw new CommandError(
      Exit.badInput,
      `${summary.name} (${summary.run}) has no finding with a fix${rule ? ` of rule ${rule}` : ''}.`,
    );
  const { positions } = readRunFile(text, { fileName: summary.file, folder: '/' });
  return {
    file: summary.file,
    text,
    fixed: applyEdits(positions, finding.fix.edits),
    titles: [`${finding.rule}: ${finding.fix.title}`],
  };
}

async function pairOf(client: Client, target: string, rule?: string): Promise<Pair> {
  if (!existsSync(target)) return fixRun(await client.request(Show, { run: target }), rule);
  const text = readText(target);
  const { text: fixed, titles } = fixFile(target, text, rule);
  if (titles.length === 0)
    throw new CommandError(
      Exit.badInput,
      `${target}: \`check\` finds nothing to fix. Train it, and prove the run's finding: \`rectiscope prove RUN\`.`,
    );
  return { file: resolve(target), text, fixed, titles };
}

/** The fixed copy under a name of its own. */
function named(text: string, suffix: string, file: string): string {
  const { config } = readRunFile(text, { fileName: file, folder: '/', forCheck: true });
  return applyOverrides(text, [`name=${JSON.stringify(`${config?.name ?? 'run'}${suffix}`)}`]).text;
}

/** `rectiscope prove FILE|RUN` */
export function proveCommand(): Command {
  return new Command('prove')
    .description('Trains a file and its fixed copy, same seed and data order, and says what the fix is worth.')
    .argument('<file-or-run>')
    .option('--rule <id>', 'the fix of this rule')
    .option('--json', 'one JSON object at the end')
    .action(async (target: string, { rule, json = false }: { rule?: string; json?: boolean }) =>
      withServer(async (client) => {
        const { file, text, fixed, titles } = await pairOf(client, target, rule);
        for (const title of titles) say(title);
        const texts = [named(text, '', file), named(fixed, '-fixed', file)];
        const runs = [];
        for (const one of texts)
          runs.push(await client.request(Train, { file, text: one, overrides: [], backend: 'auto', device: 'auto' }));
        const exit = await follow(client, runs, { json: false, fromStart: false, quiet: json });
        if (exit === Exit.interrupted || exit === Exit.unexpected) {
          process.exitCode = exit;
          return;
        }
        const compared = (await Promise.all(runs.map(({ run }) => client.request(Show, { run })))).map(measures);
        if (json) return printJson({ fixes: titles, runs: compared, verdict: verdict(compared) });
        print();
        print(
          table([
            ['', ...compared.map(({ name }) => name)],
            ['state', ...compared.map(({ state }) => state)],
            ['top-1 error', ...compared.map(({ top1 }) => percent(top1))],
            ['loss, last step', ...compared.map(({ last_loss }) => number(last_loss ?? Number.NaN))],
            ['gradient per weight, step 5', ...compared.map((run) => number(run.gradient_per_weight ?? Number.NaN))],
            ['findings', ...compared.map(({ findings }) => findings.join(', ') || 'none')],
          ]),
        );
        print(`\n${verdict(compared)}`);
        return undefined;
      }),
    );
}
