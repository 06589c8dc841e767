import { Command, InvalidArgumentError } from 'commander';
import type { Dataset } from '../data/dataset.ts';
import type { SplitName } from '../data/image.ts';
import type { Views } from '../domain/config.ts';
import { ErrorCounter } from '../domain/evaluation/metrics.ts';
import { meanScores } from '../domain/evaluation/scores.ts';
import type { ForwardBackend } from '../engines/inference.ts';
import { classDifference, classRows } from '../figures/class-errors.ts';
import { formatDuration } from '../figures/format.ts';
import { toScalar } from '../protocol/scalar.ts';
import { systemClock } from '../system/clock.ts';
import { byClass, MOST_CLASSES } from '../testing/evaluate.ts';
import { checkSameImages, checkSameSource, openTrainedData, scoresOf } from '../testing/test-run.ts';
import { readTrainedRun, type TrainedRun } from '../testing/trained-run.ts';
import { classTable, differenceText, worstTable } from './class-table.ts';
import { number, percent } from './format.ts';
import { print, printJson, say, table } from './output.ts';
import { withReader } from './read-store.ts';
import { collect } from './run-files.ts';
import {
  computing,
  forwardBackend,
  interruptible,
  type TestOptions,
  testOptions,
  withFailures,
} from './test-options.ts';

interface EvaluateOptions extends TestOptions {
  readonly with?: readonly string[];
  readonly split: SplitName;
  readonly worst: number;
}

interface Plan {
  readonly backend: ForwardBackend;
  readonly views: Views;
  readonly scales: readonly number[];
  readonly split: SplitName;
  readonly check: () => void;
}

const VIEWS: Readonly<Record<Views, string>> = {
  center: 'the centre',
  ten: 'ten views',
  dense: 'every window',
};

/** Log scores of one run over a split; tells how far it is on standard error. */
async function scoreOne(trained: TrainedRun, dataset: Dataset, { backend, check, ...plan }: Plan) {
  const count = plan.split === 'val' ? dataset.valCount : dataset.trainCount;
  let told = systemClock.monotonic();
  return await scoresOf({
    ...{ trained, dataset, backend, ...plan },
    onProgress: (done) => {
      check();
      if (systemClock.monotonic() - told < 2000) return;
      told = systemClock.monotonic();
      say(`${trained.name}: ${done} of ${count} images`);
    },
  });
}

/** Errors of log scores [images, classes]. */
function errorsOf(
  scores: Float64Array,
  labels: ArrayLike<number>,
  { classes, worst }: { classes: number; worst: number },
) {
  const counter = new ErrorCounter(classes, { confusion: classes <= MOST_CLASSES, worst });
  counter.add(scores, labels);
  return counter;
}

async function evaluate(name: string, options: EvaluateOptions): Promise<void> {
  const names = [name, ...(options.with ?? [])];
  const snapshots = await withReader(({ show }) => Promise.all(names.map(show)));
  const started = systemClock.monotonic();
  const runs: TrainedRun[] = [];
  for (const snapshot of snapshots) runs.push(await readTrainedRun(snapshot));
  const [first] = runs;
  if (!first) throw new Error('no run');
  for (const run of runs) checkSameSource(first, run);
  const views = options.views ?? first.config.evaluate.views;
  const scales = options.scales ?? first.config.evaluate.scales;
  const backend = await forwardBackend(options);
  const { split } = options;

  const { scores, labels, dataset } = await interruptible(async (check) => {
    const datasets: Dataset[] = [];
    try {
      for (const run of runs) {
        const { dataset, notices } = await openTrainedData(run, check);
        datasets.push(dataset);
        for (const notice of notices) say(`${run.name}: ${notice}`);
        checkSameImages(first, datasets[0] as Dataset, { run, dataset, split });
      }
      const all: Float64Array[] = [];
      for (const [i, run] of runs.entries())
        all.push(await scoreOne(run, datasets[i] as Dataset, { backend, views, scales, split, check }));
      const own = datasets[0] as Dataset;
      return { scores: all, labels: own.labels(split), dataset: own };
    } finally {
      for (const dataset of datasets) await dataset.close();
    }
  });

  const { classes } = first.network;
  const errors = scores.map((own) => errorsOf(own, labels, { classes, worst: options.worst }));
  const counter =
    scores.length === 1 ? errors[0] : errorsOf(meanScores(scores), labels, { classes, worst: options.worst });
  if (!counter) throw new Error('nothing was tested');
  const { class_errors, worst } = byClass(counter, { dataset, split });
  const rows = classRows({ class_errors, ...(counter.confusion && { confusion: counter.confusion }) }, first.classes);
  const alone = runs.map(({ run, name, state }, i) => {
    const own = errors[i] as ErrorCounter;
    return { run, name, step: state.step, loss: toScalar(own.loss), top1: own.top1, top5: own.top5 };
  });
  const differences = errors.slice(1).map((other, i) => ({
    name: runs[i + 1]?.name ?? '',
    run: runs[i + 1]?.run ?? '',
    ...classDifference(
      classRows({ class_errors: (errors[0] as ErrorCounter).classes }, first.classes),
      classRows({ class_errors: other.classes }, first.classes),
    ),
  }));
  const seconds = (systemClock.monotonic() - started) / 1000;

  if (options.json) {
    printJson({
      event: 'evaluation',
      ...{ run: first.run, name: first.name, step: first.state.step, split, views },
      ...(scales.length > 0 && { scales }),
      ...{ images: labels.length, loss: toScalar(counter.loss), top1: counter.top1, top5: counter.top5 },
      ...{ backend: backend.backend, device: backend.device, seconds },
      ...(runs.length > 1 && { runs: alone, differences }),
      ...{ classes: rows, worst, ...(counter.confusion && { confusion: counter.confusion }) },
    });
    return;
  }
  for (const [i, { name, run, step }] of alone.entries())
    print(`${i > 0 ? 'and ' : ''}${name} (${run}) at step ${step}`);
  const at = scales.length > 0 ? `shorter side ${scales.join(' and ')}` : 'the size of training';
  const where = `${backend.backend} (${backend.device})`;
  print(`${labels.length} ${split} images, ${VIEWS[views]} at ${at}, on ${where}, ${formatDuration(seconds)}\n`);
  const tested = { loss: toScalar(counter.loss), top1: counter.top1, top5: counter.top5 };
  const lines = runs.length > 1 ? [{ name: 'averaged', ...tested }, ...alone] : [{ name: first.name, ...tested }];
  print(
    table([
      ['', 'top-1', 'top-5', 'loss'],
      ...lines.map((own) => [own.name, percent(own.top1), percent(own.top5), number(Number(own.loss))]),
    ]),
  );
  print(`\n${classTable(rows)}`);
  for (const difference of differences) print(`\n${differenceText(difference, first.name, difference.name)}`);
  if (worst.length > 0) print(`\nWorst images of the worst classes\n${worstTable(worst, first.classes)}`);
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
    computing([options.backend], () => withFailures(() => evaluate(run, options))),
  );
}
