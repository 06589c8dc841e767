/** `rectiscope overfit FILE`: can it learn two batches by heart? On a copy; nothing of it is kept, and no server is needed. */
import { Command } from 'commander';
import type { Backend, Device } from '../protocol/events.ts';
import { placeText } from '../protocol/finding-place.ts';
import { testFileOverfitting } from '../tasks/overfit.ts';
import { readInput, readText } from '../tasks/run-files.ts';
import type { OverfitLine } from '../tasks/test-lines.ts';
import { backendOption, deviceOption } from './engine-options.ts';
import { Exit, print, printJson, say, styled } from './output.ts';
import { seldom } from './seldom.ts';
import { computing, interruptible } from './test-options.ts';

interface OverfitOptions {
  readonly backend: Backend | 'auto';
  readonly device: Device | 'auto';
  readonly stdin: boolean;
  readonly json: boolean;
}

function show({ file, learns, verdict, findings }: OverfitLine): void {
  print(styled(learns ? 'green' : 'red', verdict));
  for (const { rule, message, ...place } of findings)
    print(`${placeText(place, file)}: ${styled('red', rule)}: ${message}`);
  if (learns === false && findings.length === 0)
    print('`rectiscope check` finds no cause in the file: try other rates with `rectiscope lr`.');
}

async function testFile(file: string, { json, stdin, ...options }: OverfitOptions): Promise<void> {
  const text = stdin ? await readInput() : readText(file);
  const progress = seldom((step: number, most: number) => say(`step ${step} of at most ${most}`));
  const line = await interruptible((check) =>
    testFileOverfitting(file, text, { ...options, check, progress, notice: say }),
  );
  if (line.learns !== true) process.exitCode = Exit.badEnd;
  if (json) printJson(line);
  else show(line);
}

/** `rectiscope overfit FILE` */
export const overfitCommand = (): Command =>
  new Command('overfit')
    .description('Can it learn two batches by heart? On a copy: tells a fault of the network from one of the data.')
    .argument('<file>', 'run file')
    .addOption(backendOption())
    .addOption(deviceOption())
    .option('--stdin', 'take the text from standard input, as if it stood in the file', false)
    .option('--json', 'one JSON object', false)
    .action((file: string, options: OverfitOptions) => computing([options.backend], () => testFile(file, options)));
