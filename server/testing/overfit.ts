/** Trains a copy on two batches of its own images, without augmentation and dropout, until it knows them by heart or can't. */
import { initialVariables } from '../checkpoint/variables.ts';
import type { Dataset } from '../data/dataset.ts';
import { drawSample } from '../data/training-sample.ts';
import type { RunConfig, Schedule } from '../domain/config.ts';
import { ErrorCounter } from '../domain/evaluation/metrics.ts';
import {
  isWorthLess,
  OVERFIT_SHARES,
  type OverfitAttempt,
  type OverfitBatches,
  type OverfitOutcome,
  type OverfitStep,
  overfitOutcome,
} from '../domain/evaluation/overfit.ts';
import type { Network } from '../domain/network/network.ts';
import { labelEntropy } from '../domain/rules/history.ts';
import { toSteps } from '../domain/schedule/duration.ts';
import { learningRate } from '../domain/schedule/schedule.ts';
import { mapSize } from '../domain/shapes/size.ts';
import { emptyBatch } from '../engines/batch.ts';
import { noDropout } from '../engines/dropout.ts';
import type { Engine } from '../engines/engine.ts';

const BATCHES = 2;

/** A run's own warm-up may last epochs: two batches are warm sooner. */
const LONGEST_WARM_UP = 50;

interface FixedBatch {
  readonly images: Float32Array;
  readonly labels: Int32Array;
}

/** Two examples with equal numbers and unequal labels. */
export interface Contradiction {
  /** Their names, as the data has them, and their classes. */
  readonly examples: readonly { readonly name: string; readonly class: string }[];
}

/** The batches of the test. */
export interface OverfitData {
  readonly batches: readonly FixedBatch[];
  readonly about: OverfitBatches;
  readonly contradictions: readonly Contradiction[];
}

/** Draw the batches: examples of several classes, as testing sees them. Where the split is smaller, examples are in both. */
export async function drawOverfitBatches(dataset: Dataset, { seed, train }: RunConfig): Promise<OverfitData> {
  const { batchSize } = train;
  const all = dataset.labels('train');
  const sample = drawSample(all, { seed, count: BATCHES * batchSize });
  const batches: FixedBatch[] = [];
  for (let b = 0; b < BATCHES; b++) {
    const batch = emptyBatch({ input: dataset.shape }, batchSize);
    const places = Array.from(batch.labels, (_, i) => sample[(b * batchSize + i) % sample.length] ?? 0);
    await dataset.plainBatch(places, batch);
    batches.push(batch);
  }
  const counts = new Array<number>(dataset.classes.length).fill(0);
  for (const { labels } of batches) for (const label of labels) counts[label] = (counts[label] ?? 0) + 1;
  return {
    batches,
    about: { batches: BATCHES, batchSize, guessing: labelEntropy(counts) },
    contradictions: contradictionsIn(dataset, sample, batches),
  };
}

function contradictionsIn(dataset: Dataset, sample: readonly number[], batches: readonly FixedBatch[]) {
  const length = mapSize(dataset.shape);
  const batchSize = batches[0]?.labels.length ?? 1;
  const first = new Map<string, number>();
  const found: Contradiction[] = [];
  const labels = dataset.labels('train');
  const about = (place: number) => ({
    name: dataset.exampleName('train', place),
    class: dataset.classes[labels[place] ?? 0] ?? '',
  });
  for (const [i, place] of sample.entries()) {
    const images = batches[Math.floor(i / batchSize)]?.images;
    if (!images) break;
    const begin = (i % batchSize) * length;
    const own = images.subarray(begin, begin + length);
    const key = Buffer.from(own.buffer, own.byteOffset, own.byteLength).toString('latin1');
    const earlier = first.get(key);
    if (earlier === undefined) first.set(key, place);
    else if (labels[earlier] !== labels[place]) found.push({ examples: [about(earlier), about(place)] });
  }
  return found;
}

interface OverfitTest {
  readonly config: RunConfig;
  readonly network: Network;
  readonly dataset: Dataset;
  /** Weights that come from a file. */
  readonly stored?: ReadonlyMap<string, Float32Array> | undefined;
  /** Of its own: its weights are overwritten. */
  readonly engine: Engine;
  readonly data: OverfitData;
  /** Called after every step; may throw to end the test. */
  readonly onStep: (taken: number) => void;
}

/** The file's rate as it is at its highest, after its warm-up if it has one: its drops belong to a whole training. */
function scheduleOf({ schedule }: RunConfig['train'], stepsPerEpoch: number): Schedule {
  if (schedule.kind !== 'warmup') return { kind: 'constant' };
  const value = Math.min(LONGEST_WARM_UP, toSteps(schedule.duration, stepsPerEpoch));
  return { kind: 'warmup', duration: { value, unit: 'steps' }, next: { kind: 'constant' } };
}

/** Train from the file's own start, the batches in turn, until the outcome is clear; where it is bad, once more at a lower rate. */
export async function testOverfitting({
  config: { seed, train },
  network,
  dataset,
  engine,
  stored,
  data: { batches, about },
  onStep,
}: OverfitTest): Promise<OverfitAttempt[]> {
  const { batchSize, optimizer } = train;
  const dropoutMasks = noDropout(network, batchSize);
  const stepsPerEpoch = dataset.trainCount / batchSize;
  const schedule = scheduleOf(train, stepsPerEpoch);
  const attempts: OverfitAttempt[] = [];
  let taken = 0;
  for (const share of OVERFIT_SHARES) {
    const rate = share * train.learningRate;
    await engine.assign(initialVariables({ network, optimizer }, { seed, stored }));
    const steps: OverfitStep[] = [];
    let outcome: OverfitOutcome | undefined;
    while (!outcome) {
      const step = steps.length + 1;
      const batch = batches[steps.length % batches.length];
      if (!batch) throw new Error('there is no batch');
      const own = learningRate({ ...train, learningRate: rate, schedule }, { step, stepsPerEpoch, drops: 0 });
      const { loss, logits } = await engine.step({ ...batch, step, learningRate: own, dropoutMasks }, { probe: false });
      const errors = new ErrorCounter(network.classes);
      errors.add(logits, batch.labels);
      steps.push({ loss, right: Math.round(batchSize * (1 - errors.top1 / 100)) });
      onStep(++taken);
      outcome = overfitOutcome(steps, about);
    }
    attempts.push({ rate, steps, outcome });
    if (!isWorthLess(outcome)) break;
  }
  return attempts;
}
