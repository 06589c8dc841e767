/**
 * Smoothing of noisy curves: an exponential moving average over steps, so that a curve with a point every tenth step is
 * smoothed over the same range of training as one with a point at every step.
 */

import { grownSize } from './series.ts';

/** The user's choices, steps; 0 is off. */
export const SMOOTHING_STEPS = [0, 2, 5, 10, 20, 50, 100, 200, 500, 1000] as const;

/**
 * A smoothed copy of a growing curve. With n steps the weight of a point falls by (1 − 1/n) per step; sums of values and of
 * weights are kept separately, which removes the bias towards zero from the first points. Values that are not finite pass through
 * and do not affect later ones; so does zero on a logarithmic axis, which would otherwise become a slow decay.
 */
export class Smoothed {
  readonly steps: number;
  readonly positive: boolean;
  #values = new Float64Array(0);
  #length = 0;
  #sum = 0;
  #weight = 0;
  #lastStep = Number.NaN;

  constructor(steps: number, positive = false) {
    this.steps = steps;
    this.positive = positive;
  }

  /**
   * Adds new values and returns the complete smoothed curve, as long as `value`; valid until the next call.
   * A curve that became shorter is smoothed from the start.
   */
  extend(step: Float64Array, value: Float64Array): Float64Array {
    if (value.length < this.#length) this.restart();
    if (value.length > this.#values.length) {
      const grown = new Float64Array(grownSize(value.length));
      grown.set(this.#values.subarray(0, this.#length));
      this.#values = grown;
    }
    for (let i = this.#length; i < value.length; i++)
      this.#values[i] = this.#next(step[i] as number, value[i] as number);
    this.#length = value.length;
    return this.#values.subarray(0, this.#length);
  }

  restart(): void {
    this.#length = 0;
    this.#sum = 0;
    this.#weight = 0;
    this.#lastStep = Number.NaN;
  }

  #next(step: number, value: number): number {
    if (this.steps <= 1 || !Number.isFinite(value) || (this.positive && value <= 0)) return value;
    const passed = Number.isNaN(this.#lastStep) ? 0 : step - this.#lastStep;
    const decay = (1 - 1 / this.steps) ** passed;
    this.#sum = this.#sum * decay + value;
    this.#weight = this.#weight * decay + 1;
    this.#lastStep = step;
    return this.#sum / this.#weight;
  }
}
