/** How far a step moves the weights: of a rate, of weight decay, and as measured. Shared by the rules about rate and decay. */
import type { TrainConfig } from '../config.ts';
import { short } from '../numbers/format.ts';
import { describeOptimizer } from '../optimizers/optimizer.ts';
import { optimizerOf } from '../optimizers/optimizers.ts';

export const UPDATE_SOURCE = 'healthy runs have a median update ratio of 6e-4 to 1.2e-2 (410 trainings)';
export const RATE_SOURCE = '410 trainings at rates of 1e-6 to 3';

/** Median update ratio above which a step is too large. */
export const HIGH_UPDATE = 0.05;

export const describeUpdate = (ratio: number): string =>
  `a step moves the median layer by ${short(100 * ratio)} % of its weights, and in a run that learns by about 0.1 to 1 %`;

/** How far a steady gradient of 1 moves a weight a step in the long run: η/(1 − μ) of SGD. */
export const effectiveRate = ({ learningRate, optimizer }: TrainConfig): number =>
  optimizerOf(optimizer).effectiveRate(learningRate);

/** A rate with its optimiser, as a message names them: `0.01 with momentum 0.9`. */
export const describeRate = ({ learningRate, optimizer }: TrainConfig): string =>
  `${learningRate} with ${describeOptimizer(optimizerOf(optimizer))}`;

/** Effective rates of runs that learn stay below this. */
export const HIGH_EFFECTIVE = 1;

/** Steps in which decay alone takes a weight to 1/e: 1/λ over the effective rate. */
export const decaySteps = (train: TrainConfig): number => 1 / (effectiveRate(train) * train.weightDecay);

/** Fewer of them than this, and the decay is too strong (410 trainings). */
export const FEW_DECAY_STEPS = 100;

/** Whether λ is too strong by itself: at no more than a sound rate. Where only the rate makes it so, the rate is the cause. */
export const decayRules = (train: TrainConfig): boolean =>
  decaySteps(train) * Math.max(1, effectiveRate(train) / HIGH_EFFECTIVE) < FEW_DECAY_STEPS;
