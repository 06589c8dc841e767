/** The weights of runs' last checkpoints tested on images of their data; the scores of several runs averaged. */
import type { Dataset } from '../data/dataset.ts';
import type { SplitName } from '../data/image.ts';
import type { Views } from '../domain/config.ts';
import { ErrorCounter } from '../domain/evaluation/metrics.ts';
import { meanScores } from '../domain/evaluation/scores.ts';
import { type ClassDifference, type ClassErrorRow, classDifference, classRows } from '../figures/class-errors.ts';
import type { Backend, Device, WorstImage } from '../protocol/events.ts';
import type { RunSnapshot } from '../protocol/requests.ts';
import { type Scalar, toScalar } from '../protocol/scalar.ts';
import { systemClock } from '../system/clock.ts';
import { byClass, MOST_CLASSES } from '../testing/evaluate.ts';
import { checkSameImages, checkSameSource, openTrainedData, scoresOf } from '../testing/test-run.ts';
import { readTrainedRun, type TrainedRun } from '../testing/trained-run.ts';
import { type SettledPlan, settlePlan, type TestPlan } from './test-plan.ts';

export interface EvaluationPlan extends TestPlan {
  readonly split: SplitName;
  /** Images that are listed of each of the three worst classes. */
  readonly worst: number;
  /** Called between images: may throw to end the test. */
  readonly check: () => void;
  /** Called with the number of images tested so far, and in total. */
  readonly progress: (name: string, done: number, count: number) => void;
}

/** Errors of one run's scores; per cent, loss in nats. */
interface TestedRun {
  readonly run: string;
  readonly name: string;
  readonly step: number;
  readonly loss: Scalar;
  readonly top1: number;
  readonly top5: number;
}

/** The result of an evaluation: `evaluate --json`, its keys in this order, with the first run's name and step. */
export interface Evaluation extends TestedRun {
  readonly split: SplitName;
  readonly views: Views;
  /** Absent: the training size. */
  readonly scales?: readonly number[];
  readonly images: number;
  readonly backend: Backend;
  readonly device: Device;
  readonly seconds: number;
  /** If there are several: each alone, and the errors by class of the first minus those of each other one. */
  readonly runs?: readonly TestedRun[];
  readonly differences?: readonly ({ readonly name: string; readonly run: string } & ClassDifference)[];
  readonly classes: readonly ClassErrorRow[];
  readonly worst: readonly WorstImage[];
  readonly confusion?: readonly (readonly number[])[];
}

interface Tested {
  readonly trained: TrainedRun;
  readonly dataset: Dataset;
  /** Log scores, [images, classes]. */
  readonly scores: Float64Array;
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

/** Opens the data of all runs, compares it with the first one's, and tests each run on its own data. */
async function testEach(
  runs: readonly TrainedRun[],
  { split, check, notice, progress, ...how }: Omit<EvaluationPlan, 'backend'> & SettledPlan,
): Promise<{ tested: Tested[]; labels: ArrayLike<number> }> {
  const opened: { trained: TrainedRun; dataset: Dataset }[] = [];
  try {
    for (const trained of runs) {
      const { dataset, notices } = await openTrainedData(trained, check);
      opened.push({ trained, dataset });
      for (const text of notices) notice(`${trained.name}: ${text}`);
      const [first] = opened;
      if (first) checkSameImages(first.trained, first.dataset, { run: trained, dataset, split });
    }
    const tested: Tested[] = [];
    for (const { trained, dataset } of opened) {
      const count = split === 'val' ? dataset.valCount : dataset.trainCount;
      const onProgress = (done: number) => {
        check();
        progress(trained.name, done, count);
      };
      tested.push({ trained, dataset, scores: await scoresOf({ ...how, trained, dataset, split, onProgress }) });
    }
    return { tested, labels: opened[0]?.dataset.labels(split) ?? [] };
  } finally {
    for (const { dataset } of opened) await dataset.close();
  }
}

/**
 * Test the last checkpoints of runs. Throws a RunFailure if one has none or can't be read, or if their scores can't be averaged.
 * `classNames`: in the order of the logits.
 */
export async function evaluateRuns(
  snapshots: readonly RunSnapshot[],
  plan: EvaluationPlan,
): Promise<{ evaluation: Evaluation; classNames: readonly string[] }> {
  const started = systemClock.monotonic();
  const runs: TrainedRun[] = [];
  for (const snapshot of snapshots) runs.push(await readTrainedRun(snapshot));
  const [own] = runs;
  if (!own) throw new Error('no run');
  for (const run of runs) checkSameSource(own, run);
  const settled = await settlePlan(own, plan);
  const { tested, labels } = await testEach(runs, { ...plan, ...settled });
  const [first] = tested;
  if (!first) throw new Error('nothing was tested');

  const { split, worst } = plan;
  const { backend, views, scales } = settled;
  const size = { classes: own.network.classes, worst };
  const errors = tested.map(({ scores }) => errorsOf(scores, labels, size));
  const averaged = errorsOf(meanScores(tested.map(({ scores }) => scores)), labels, size);
  const { confusion } = averaged;
  const named = byClass(averaged, { dataset: first.dataset, split });
  const alone = tested.map(({ trained: { run, name, state } }, i): TestedRun => {
    const { loss, top1, top5 } = errors[i] ?? averaged;
    return { run, name, step: state.step, loss: toScalar(loss), top1, top5 };
  });
  const rows = errors.map((one) => classRows({ class_errors: one.classes }, own.classes));
  const differences = alone.slice(1).map(({ name, run }, i) => ({
    ...{ name, run },
    ...classDifference(rows[0] ?? [], rows[i + 1] ?? []),
  }));
  const evaluation: Evaluation = {
    ...{ run: own.run, name: own.name, step: own.state.step, split, views },
    ...(scales.length > 0 && { scales }),
    ...{ images: labels.length, loss: toScalar(averaged.loss), top1: averaged.top1, top5: averaged.top5 },
    ...{ backend: backend.backend, device: backend.device, seconds: (systemClock.monotonic() - started) / 1000 },
    ...(alone.length > 1 && { runs: alone, differences }),
    classes: classRows({ class_errors: named.class_errors, ...(confusion && { confusion }) }, own.classes),
    worst: named.worst,
    ...(confusion && { confusion }),
  };
  return { evaluation, classNames: own.classes };
}
