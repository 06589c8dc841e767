import { Command, InvalidArgumentError } from 'commander';
import type { SplitName } from '../data/image.ts';
import type { Views } from '../domain/config.ts';
import { formatLoss, formatPercent } from '../domain/numbers/format.ts';
import { formatDuration } from '../domain/numbers/units.ts';
import { type Evaluation, evaluateRuns } from '../tasks/evaluate.ts';
import { classTable, differenceText, worstTable } from './class-table.ts';
import { collect } from './collect.ts';
import { print, printJson, say, table } from './output.ts';
import { withReader } from './read-store.ts';
import { seldom } from './seldom.ts';
import { computing, interruptible, type TestOptions, testOptions } from './test-options.ts';

interface EvaluateOptions extends TestOptions {
  readonly with?: readonly string[];
  readonly split: SplitName;
  readonly worst: number;
}

const VIEWS: Readonly<Record<Views, string>> = {
  center: 'the centre',
  ten: 'ten views',
  dense: 'every window',
};

function show(evaluation: Evaluation, classNames: readonly string[]): void {
  const { name, split, views, scales, images, backend, device, seconds, classes, worst } = evaluation;
  const { runs = [evaluation], differences = [] } = evaluation;
  for (const [i, one] of runs.entries()) print(`${i > 0 ? 'and ' : ''}${one.name} (${one.run}) at step ${one.step}`);
  const at = scales ? `shorter side ${scales.join(' and ')}` : 'the size of training';
  print(`${images} ${split} images, ${VIEWS[views]} at ${at}, on ${backend} (${device}), ${formatDuration(seconds)}\n`);
  const lines = runs.length > 1 ? [{ ...evaluation, name: 'averaged' }, ...runs] : runs;
  print(
    table([
      ['', 'top-1', 'top-5', 'loss'],
      ...lines.map((own) => [own.name, formatPercent(own.top1), formatPercent(own.top5), formatLoss(Number(own.loss))]),
    ]),
  );
  print(`\n${classTable(classes)}`);
  for (const difference of differences) print(`\n${differenceText(difference, name, difference.name)}`);
  if (worst.length > 0) print(`\nWorst images of the worst classes\n${worstTable(worst, classNames)}`);
}

async function evaluate(name: string, { with: others = [], json, ...options }: EvaluateOptions): Promise<void> {
  const names = [name, ...others];
  const snapshots = await withReader(({ show }) => Promise.all(names.map(show)));
  const progress = seldom((run: string, done: number, count: number) => say(`${run}: ${done} of ${count} images`));
  const { evaluation, classNames } = await interruptible((check) =>
    evaluateRuns(snapshots, { ...options, check, progress, notice: say }),
  );
  if (json) printJson({ event: 'evaluation', ...evaluation });
  else show(evaluation, classNames);
}

function toCount(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError('Write a whole number.');
  return value;
}

/** `rectiscope evaluate RUN` */
export function evaluateCommand(): Command {
  const command = new Command('evaluate')
    .description('Test the weights of a run’s last checkpoint: top-1, top-5, by class, its worst images.')
    .argument('<run>', 'id, prefix of an id, or name')
    .option('--with <run>', 'average the scores with those of this run; repeatable', collect)
    .option('--worst <n>', 'images of each of the three worst classes', toCount, 4);
  for (const option of testOptions()) command.addOption(option);
  command.addOption(command.createOption('--split <name>', 'which images').choices(['val', 'train']).default('val'));
  return command.action((run: string, options: EvaluateOptions) =>
    computing([options.backend], () => evaluate(run, options)),
  );
}
