/**
 * Can a network learn two batches by heart? The oldest test of a network that does not learn (Karpathy, “A recipe for training neural
 * networks”, 2019): nothing but optimisation can fail in it, so it tells a fault of the network, its initialisation or its rate from one
 * of the labels and data.
 */
import { formatLoss, formatRate, rounded } from '../numbers/format.ts';
import { mean } from '../numbers/statistics.ts';

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
const WINDOW = 80;
/** Where the average is still that of guessing after so many steps, nothing has come yet in any network that was tried. */
const HOPELESS = 200;

/** The most steps at one rate: networks of the examples that learn need 130 to 220. */
const STEPS_AT_A_RATE = 400;

/**
 * The file's rate as a share, and the one that is tried where the network can't at that: two batches in turn, with the momentum that they
 * build up, bear less than the changing batches of a training. On onnxruntime he-30 can't at 0.003 and 0.00075, and can at 0.001 and 0.0005.
 */
export const OVERFIT_SHARES = [1, 1 / 6] as const;

/** The most steps in all. */
export const OVERFIT_STEPS = OVERFIT_SHARES.length * STEPS_AT_A_RATE;

/** How it ended: known by heart; loss no number; no better than guessing; better, and still falling; better, and no longer so. */
export type OverfitOutcome = 'learns' | 'diverged' | 'stuck' | 'slow' | 'unfinished';

/** Steps at one rate, and how they ended. */
export interface OverfitAttempt {
  readonly rate: number;
  readonly steps: readonly OverfitStep[];
  readonly outcome: OverfitOutcome;
}

/** The last turn of each batch: the mean loss, and the examples that were right. */
export function lastRound(steps: readonly OverfitStep[], { batches }: OverfitBatches): OverfitStep {
  const round = steps.slice(-batches);
  return { loss: mean(round.map(({ loss }) => loss)), right: round.reduce((sum, { right }) => sum + right, 0) };
}

/** How steps at one rate have ended, or undefined where it is worth another one. */
export function overfitOutcome(steps: readonly OverfitStep[], about: OverfitBatches): OverfitOutcome | undefined {
  const { batches, batchSize, guessing } = about;
  if (steps.length < batches) return undefined;
  const { loss, right } = lastRound(steps, about);
  if (!Number.isFinite(loss)) return 'diverged';
  if (right === batches * batchSize && loss < BY_HEART * guessing) return 'learns';
  if (steps.length < HOPELESS) return undefined;
  const recent = meanLoss(steps.slice(-WINDOW));
  if (!(recent < LEARNS * guessing)) return 'stuck';
  if (steps.length < STEPS_AT_A_RATE) return undefined;
  return recent < LEARNS * meanLoss(steps.slice(-2 * WINDOW, -WINDOW)) ? 'slow' : 'unfinished';
}

const meanLoss = (steps: readonly OverfitStep[]): number => mean(steps.map(({ loss }) => loss));

/** Whether a lower rate may do better. */
export const isWorthLess = (outcome: OverfitOutcome): boolean => outcome !== 'learns' && outcome !== 'slow';

const shown = (loss: number): string => (Number.isFinite(loss) ? formatLoss(loss) : 'not finite');

/** The verdict in a few sentences, with its numbers. At least one attempt, the file's own rate first. */
export function overfitVerdict(attempts: readonly OverfitAttempt[], about: OverfitBatches): string {
  const { batches, batchSize, guessing } = about;
  const [first, other] = attempts;
  if (!first) throw new Error('there was no attempt');
  const all = batches * batchSize;
  const { loss, right } = lastRound(first.steps, about);
  const n = first.steps.length;
  const numbers = `loss ${shown(loss)} after ${n} steps, guessing gives ${shown(guessing)}, ${right} of ${all} images right`;
  const sound = "optimisation works. If the whole set isn't learnt, look at its labels and data.";
  if (other?.outcome === 'learns')
    return `Learns two batches by heart in ${other.steps.length} steps at a learning rate of ${formatRate(rounded(other.rate, 1))} (loss ${shown(lastRound(other.steps, about).loss)}, guessing gives ${shown(guessing)}, all ${all} images right): ${sound} At the file's rate of ${first.rate} it does not (loss ${shown(loss)} after ${n} steps): a lower one is worth a try.`;
  const nor = other ? ` It can't at a rate of ${formatRate(rounded(other.rate, 1))} either.` : '';
  switch (first.outcome) {
    case 'learns':
      return `Learns two batches by heart in ${n} steps (loss ${shown(loss)}, guessing gives ${shown(guessing)}, all ${all} images right): ${sound}`;
    case 'diverged':
      return `Cannot learn two batches: the loss is not finite after ${n} steps (guessing gives ${shown(guessing)}). The fault is in the network, its initialisation or the learning rate, or in the size of the input's numbers, not in the labels.${nor}`;
    case 'stuck':
      return `Cannot learn two batches (${numbers}): the fault is in the network, its initialisation or the learning rate, not in the labels.${nor}`;
    case 'slow':
      return `Has not learnt two batches by heart (${numbers}), but the loss still falls: optimisation works, and is slow. The learning rate may be too low: try \`rectiscope lr\`.`;
    case 'unfinished':
      return `Does not learn two batches by heart (${numbers}), though better than guessing: the learning rate is too high, the weight decay too strong, or the network too small. Try \`rectiscope lr\`.${nor}`;
  }
}
