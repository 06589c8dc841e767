/**
 * Is a fix worth anything? A run and its fixed copy, same seed and same order of the examples, compared step by step. One seed
 * shows only large differences, so small ones count as none.
 */
import { formatCount, formatFixed, formatPercent } from '../numbers/format.ts';
import { mean, standardError } from '../numbers/statistics.ts';

/** The results of one step: its number, the loss of its batch in nats, and the batch's top-1 error, per cent. */
export interface StepRow {
  readonly step: number;
  readonly loss: number;
  readonly top1: number;
}

/** The state of a run: means over a window of steps that ends at `step`. */
export interface Level {
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
  /** Standard error of `loss`. */
  readonly standardError: number;
  readonly top1: number;
}

/** One of the two runs at the time of the verdict. */
export interface ProofSide {
  readonly name: string;
  readonly level: Level;
  /** Its last evaluation: top-1 error in per cent, and the number of images. */
  readonly evaluated?: { readonly step: number; readonly top1: number; readonly images: number };
}

export type ProofOutcome = 'helps' | 'no difference' | 'hurts';

/** Undefined if there are fewer than two steps: their error can't be estimated. */
export function levelOf(rows: readonly StepRow[]): Level | undefined {
  const last = rows.at(-1);
  if (!last || rows.length < 2) return undefined;
  const losses = rows.map(({ loss }) => loss);
  return {
    step: last.step,
    steps: rows.length,
    loss: mean(losses),
    standardError: standardError(losses),
    top1: mean(rows.map(({ top1 }) => top1)),
  };
}

/**
 * By how much the fixed copy's loss must be lower: a tenth of the loss of guessing (the rules' criterion for learning),
 * and four standard errors of the difference, so that testing at every step of a run gives a false verdict in less than one
 * run of a thousand.
 */
const needed = (before: Level, after: Level, guess: number): number =>
  Math.max(0.1 * guess, 4 * Math.hypot(before.standardError, after.standardError));

/**
 * Whether the fixed copy learns although the run never did: decided before either ends. `guess`: the loss of guessing, ln K. A run
 * that has diverged counts as guessing.
 */
export function learnsAtLast(before: Level, after: Level, guess: number): boolean {
  const lost = !(before.loss < guess);
  const level = lost ? { ...before, loss: guess, standardError: 0 } : before;
  return level.loss - after.loss >= needed(level, after, guess);
}

/** The effect of the fix at the end of both: by the errors on validation if their difference is significant, else by the loss. */
export function outcomeOf(before: ProofSide, after: ProofSide, guess: number): ProofOutcome {
  const gap = errorGap(before, after);
  if (gap !== undefined && gap !== 0) return gap > 0 ? 'helps' : 'hurts';
  const [a, b] = [before.level, after.level];
  if (!Number.isFinite(a.loss) || !Number.isFinite(b.loss)) {
    if (Number.isFinite(b.loss)) return 'helps';
    return Number.isFinite(a.loss) ? 'hurts' : 'no difference';
  }
  if (Math.abs(a.loss - b.loss) < needed(a, b, guess)) return 'no difference';
  return b.loss < a.loss ? 'helps' : 'hurts';
}

/**
 * Points of top-1 error by which the fixed copy is better; 0 within one point or two standard errors (binomial) of the difference;
 * undefined if the two were not evaluated alike.
 */
function errorGap({ evaluated: a }: ProofSide, { evaluated: b }: ProofSide): number | undefined {
  if (!a || !b || a.step !== b.step) return undefined;
  const variance = ({ top1, images }: typeof a) => (top1 * (100 - top1)) / Math.max(1, images);
  const gap = a.top1 - b.top1;
  return Math.abs(gap) < Math.max(1, 2 * Math.sqrt(variance(a) + variance(b))) ? 0 : gap;
}

const loss = (value: number): string => (Number.isFinite(value) ? formatFixed(value, 2) : 'not finite');

/** The result in numbers, why it was decided then, and what to try if it decides nothing. `early`: the run never learnt, its copy does. */
export function verdictOf(
  before: ProofSide,
  after: ProofSide,
  { outcome, guess, early }: { outcome: ProofOutcome; guess: number; early: boolean },
): string {
  const head = {
    helps: 'The fix helps',
    'no difference': 'The fix makes no significant difference with one seed',
    hurts: 'The fix makes it worse',
  };
  const [a, b] = [before.level, after.level];
  const { evaluated: left } = before;
  const { evaluated: right } = after;
  const errors =
    left && right && left.step === right.step
      ? `top-1 error ${formatPercent(right.top1)} against ${formatPercent(left.top1)}`
      : `top-1 error on the batches ${formatPercent(b.top1)} against ${formatPercent(a.top1)}`;
  const at =
    a.step === b.step ? `at step ${formatCount(b.step)}` : `at steps ${formatCount(b.step)} and ${formatCount(a.step)}`;
  const numbers = `${head[outcome]}: ${at} the loss is ${loss(b.loss)} with it and ${loss(a.loss)} without (guessing gives ${loss(guess)}), ${errors}.`;
  if (early)
    return `${numbers} Decided at step ${formatCount(b.step)}: ${before.name} never learnt, ${after.name} does.`;
  const next =
    outcome === 'no difference' ? ' To see whether the network or the data is at fault, try “rectiscope overfit”.' : '';
  return `${numbers} Decided at the end, step ${formatCount(b.step)}.${next}`;
}
