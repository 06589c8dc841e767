/**
 * Can a network learn two batches by heart? The oldest test of a network that does not learn (Karpathy, “A recipe for training neural
 * networks”, 2019): nothing but optimisation can fail in it, so it tells a fault of the network, its initialisation or its rate from one
 * of the labels and data.
 */
import { mean } from '../numbers/numbers.ts';

/** One step on one of the batches: its loss in nats, and examples that were right, both before the step's update. */
export interface OverfitStep {
  readonly loss: number;
  readonly right: number;
}

/** What the batches are. */
export interface OverfitBatches {
  /** Batches, which take turns. */
  readonly batches: number;
  /** Examples of one. */
  readonly batchSize: number;
  /** Loss of guessing by the frequency of the classes in them, nats. */
  readonly guessing: number;
}

/** Known by heart: every example is right, and the loss is this share of guessing's. */
const BY_HEART = 0.1;
/** A loss below this share of guessing's has learnt something, as in the range test. */
const LEARNS = 0.98;
/** Steps of an average, in which progress is looked for. */
const WINDOW = 40;
/** Steps without any loss below guessing's after which nothing will come: he-30, whose rate is high for it, has one by step 80. */
const HOPELESS = 200;
/** The loss must fall by this share from one `PATIENCE` to the next. */
const PROGRESS = 0.95;
const PATIENCE = 200;

/** The most steps that are tried. */
export const OVERFIT_STEPS = 800;

/** How it ended: known by heart; loss no number; never better than guessing; better, but not by heart. */
export type OverfitOutcome = 'learns' | 'diverged' | 'stuck' | 'unfinished';

/** The last turn of each batch: the mean loss, and the examples that were right. */
export function lastRound(steps: readonly OverfitStep[], { batches }: OverfitBatches): OverfitStep {
  const round = steps.slice(-batches);
  return { loss: mean(round.map(({ loss }) => loss)), right: round.reduce((sum, { right }) => sum + right, 0) };
}

/** Least mean loss of a window of steps that lies within these. */
function leastMean(steps: readonly OverfitStep[]): number {
  let least = Number.POSITIVE_INFINITY;
  for (let end = WINDOW; end <= steps.length; end += WINDOW / 2)
    least = Math.min(least, mean(steps.slice(end - WINDOW, end).map(({ loss }) => loss)));
  return least;
}

/** How the test has ended, or undefined where it is worth another step. */
export function overfitOutcome(steps: readonly OverfitStep[], about: OverfitBatches): OverfitOutcome | undefined {
  const { batches, batchSize, guessing } = about;
  if (steps.length < batches) return undefined;
  const { loss, right } = lastRound(steps, about);
  if (!Number.isFinite(loss)) return 'diverged';
  if (right === batches * batchSize && loss < BY_HEART * guessing) return 'learns';
  const isOver = steps.length >= OVERFIT_STEPS;
  if (steps.length < HOPELESS) return undefined;
  if (!isOver && steps.length % WINDOW !== 0) return undefined;
  if (!(leastMean(steps) < LEARNS * guessing)) return 'stuck';
  const before = leastMean(steps.slice(0, -PATIENCE));
  const hasStopped = steps.length >= PATIENCE + HOPELESS && !(leastMean(steps.slice(-PATIENCE)) < PROGRESS * before);
  return isOver || hasStopped ? 'unfinished' : undefined;
}

const shown = (loss: number): string => (Number.isFinite(loss) ? loss.toFixed(2) : 'not finite');

/** The verdict in two or three sentences, with its numbers. */
export function overfitVerdict(outcome: OverfitOutcome, steps: readonly OverfitStep[], about: OverfitBatches): string {
  const { batches, batchSize, guessing } = about;
  const { loss, right } = lastRound(steps, about);
  const [n, all] = [steps.length, batches * batchSize];
  const what = 'two batches';
  const numbers = `loss ${shown(loss)} after ${n} steps, guessing costs ${shown(guessing)}, ${right} of ${all} images right`;
  switch (outcome) {
    case 'learns':
      return `Learns ${what} by heart in ${n} steps (loss ${shown(loss)}, guessing costs ${shown(guessing)}, all ${all} images right): optimisation works. If the whole set isn't learnt, look at its labels and data.`;
    case 'diverged':
      return `Cannot learn ${what}: the loss is not finite after ${n} steps (guessing costs ${shown(guessing)}). The fault is in the network, its initialisation or the learning rate, or in the size of the input's numbers, not in the labels.`;
    case 'stuck':
      return `Cannot learn ${what} (${numbers}): the fault is in the network, its initialisation or the learning rate, not in the labels.`;
    case 'unfinished':
      return `Does not learn ${what} by heart (${numbers}), though better than guessing: the learning rate is wrong for it, the weight decay too strong, or the network too small. Try \`rectiscope lr\`.`;
  }
}
