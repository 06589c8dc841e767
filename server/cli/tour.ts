/**
 * `npm start`: the first two minutes. Trains the example pair, says why the one stalls and on which line, and proves the fix by
 * the other.
 */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { withServer } from '../client/with-server.ts';
import { number, percent } from '../domain/numbers/format.ts';
import { formatDuration } from '../figures/format.ts';
import type { FindingEvent } from '../protocol/events.ts';
import { placeText } from '../protocol/finding-place.ts';
import { type RunSnapshot, Show } from '../protocol/requests.ts';
import { unpack } from '../protocol/scalar.ts';
import { verdict } from '../tasks/compare.ts';
import { measures } from '../tasks/measures.ts';
import { queueRuns } from '../tasks/train.ts';
import { follow } from './follow.ts';
import { Exit, print, styled, table } from './output.ts';

const example = (name: string) =>
  fileURLToPath(
    new URL(`${import.meta.url.endsWith('.ts') ? '../..' : '..'}/examples/${name}.rectiscope.yaml`, import.meta.url),
  );

const shown = (file: string) => relative(process.cwd(), file);

/** Top-1 errors of all evaluations, as far as both runs went: 90.0 → 46.9 → 27.9. */
const course = ({ evaluations }: RunSnapshot) => evaluations.map(({ top1 }) => top1.toFixed(1)).join(' → ');

function printFinding(finding: FindingEvent, file: string): void {
  const { line: at = 1 } = finding;
  const line = readFileSync(file, 'utf8').split('\n')[at - 1] ?? '';
  print(styled('bold', 'Why'));
  print(`${placeText(finding, shown(file))}: ${styled('red', finding.rule)} at step ${finding.step}`);
  print(`  ${String(at).padStart(4)} | ${line}`);
  print(`  ${finding.message}`);
  if (!finding.fix) return;
  print(`${styled('bold', 'Fix')}: ${finding.fix.title}`);
  for (const edit of finding.fix.edits) {
    const fixed = line.slice(0, edit.column - 1) + edit.text + line.slice(edit.end_column - 1);
    if (edit.line === at && edit.end_line === edit.line)
      print(`  ${styled('red', `- ${line.trim()}`)}\n  ${styled('green', `+ ${fixed.trim()}`)}`);
  }
}

/** `rectiscope tour` */
export function tourCommand(): Command {
  return new Command('tour')
    .description('Watch a 30-layer network stall, and the same network learn.')
    .action(async () => {
      const started = performance.now();
      const files = ['xavier-30', 'he-30'].map(example);
      print(
        'Two networks of 30 layers on 12,800 photographs of clothes. They differ in one line: how the weights are drawn.',
      );
      print(`  ${files.map(shown).join('\n  ')}\n`);
      await withServer(async (client) => {
        const texts = files.map((file) => ({ file, text: readFileSync(file, 'utf8') }));
        const { runs } = await queueRuns(client, texts, { overrides: [], backend: 'auto', device: 'auto' });
        const exit = await follow(client, runs, { json: false, fromStart: true });
        if (exit === Exit.interrupted || exit === Exit.unexpected) {
          process.exitCode = exit;
          return;
        }
        const snapshots = await Promise.all(runs.map(({ run }) => client.request(Show, { run })));
        const compared = snapshots.map(measures);
        print();
        print(
          table([
            ['', ...compared.map(({ name }) => name)],
            ['top-1 error', ...compared.map(({ top1 }) => percent(top1))],
            ['  at each evaluation, %', ...snapshots.map(course)],
            [
              'loss, first and last step',
              ...snapshots.map(({ steps }) =>
                [unpack(steps.loss)[0], unpack(steps.loss).at(-1)].map((x) => number(x ?? Number.NaN)).join(' → '),
              ),
            ],
            ['gradient per weight, step 5', ...compared.map((run) => number(run.gradient_per_weight ?? Number.NaN))],
            ['findings', ...compared.map(({ findings }) => findings.join(', ') || 'none')],
          ]),
        );
        print();
        const [stalled] = snapshots;
        const finding = stalled?.findings[0];
        if (stalled && finding) printFinding(finding, stalled.summary.file);
        print(`${styled('bold', 'Proof')}: ${verdict(compared)}`);
        print(
          `\nTook ${formatDuration((performance.now() - started) / 1000)}. To see them again: \`npx rectiscope show ${runs[0]?.run}\`, \`npx rectiscope compare xavier-30 he-30\`.`,
        );
        print(
          'Watch the same in VS Code: `npm run editor`, open the address that it prints, and run “Rectiscope: Train” on a file in examples/.',
        );
      });
    });
}
