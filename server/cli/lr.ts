/** `rectiscope lr FILE`: a learning-rate range test on a copy; nothing of it is kept, and no server is needed. */
import { writeFileSync } from 'node:fs';
import { Command } from 'commander';
import type { RatePoint } from '../domain/schedule/rate-range.ts';
import type { Backend, Device } from '../protocol/events.ts';
import { placeText } from '../protocol/finding-place.ts';
import { toScalar } from '../protocol/scalar.ts';
import { type RateTest, testFileRates } from '../tasks/rates.ts';
import { readInput, readText } from '../tasks/run-files.ts';
import { TaskError } from '../tasks/task-error.ts';
import type { RateTestLine } from '../tasks/test-lines.ts';
import { backendOption, deviceOption } from './engine-options.ts';
import { Exit, print, printJson, say, styled } from './output.ts';
import { plotText } from './plot.ts';
import { seldom } from './seldom.ts';
import { computing, interruptible } from './test-options.ts';

interface LrOptions {
  readonly backend: Backend | 'auto';
  readonly device: Device | 'auto';
  readonly write: boolean;
  readonly stdin: boolean;
  readonly json: boolean;
}

const toJson = (file: string, { rate, reason, points, written, fixed, causes }: RateTest): RateTestLine => ({
  event: 'lr',
  file,
  points: points.map((point) => ({
    rate: point.rate,
    loss: toScalar(point.loss),
    smoothed: toScalar(point.smoothed),
  })),
  ...{ written, suggestion: rate ?? null, reason },
  findings: causes,
  ...(fixed && { fix: fixed.fix }),
});

function plot(points: readonly RatePoint[], rate: number | undefined): void {
  const curve = points.map(({ rate: x, smoothed }) => ({ x, y: smoothed }));
  // The explosion that ended the sweep would press everything else flat: what came before the least loss sets the scale.
  const least = curve.reduce((best, { y }, i) => (y < (curve[best]?.y ?? 0) ? i : best), 0);
  const top = 1.2 * Math.max(...curve.slice(0, least + 1).map(({ y }) => y));
  const dots = points.map(({ rate: x, loss }) => ({ x, y: loss }));
  print(
    plotText(
      curve.filter(({ y }) => y <= top),
      { dots, mark: rate, xLabel: 'learning rate', yLabel: 'loss (● smoothed, · each step)' },
    ),
  );
}

function show(file: string, { rate, reason, points, written, fixed, causes }: RateTest, isWritten: boolean): void {
  plot(points, rate);
  print(`\n${reason}`);
  for (const { rule, message, ...place } of causes)
    print(`${placeText(place, file)}: ${styled('red', rule)}: ${message}`);
  if (rate === undefined && causes.length === 0)
    print('`rectiscope check` finds no cause in the file: train it for further findings.');
  if (rate === undefined) return;
  const done = isWritten ? 'Written; comments and layout are kept.' : `\`rectiscope lr ${file} --write\` writes it.`;
  print(`${styled('bold', `learning_rate: ${rate}`)} (the file has ${written}).${fixed ? ` ${done}` : ''}`);
}

async function testFile(file: string, { write, json, stdin, ...options }: LrOptions): Promise<void> {
  if (stdin && write)
    throw new TaskError('badInput', '--write needs the file itself: leave --stdin out, or apply the fix of --json.');
  const text = stdin ? await readInput() : readText(file);
  const progress = seldom((step: number, most: number) => say(`step ${step} of at most ${most}`));
  const test = await interruptible((check) => testFileRates(file, text, { ...options, check, progress, notice: say }));
  if (write && test.fixed) writeFileSync(file, test.fixed.text);
  if (test.rate === undefined) process.exitCode = Exit.badEnd;
  if (json) printJson(toJson(file, test));
  else show(file, test, write);
}

/** `rectiscope lr FILE` */
export const lrCommand = (): Command =>
  new Command('lr')
    .description('Learning-rate range test on a copy: a curve, a suggestion, and its fix.')
    .argument('<file>', 'run file')
    .addOption(backendOption())
    .addOption(deviceOption())
    .option('--write', 'write the suggestion into the file; comments and layout are kept', false)
    .option('--stdin', 'read the text from standard input instead of the file', false)
    .option('--json', 'one JSON object', false)
    .action((file: string, options: LrOptions) => computing([options.backend], () => testFile(file, options)));
