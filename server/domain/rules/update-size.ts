/**
 * How far a step moves the weights: the update ratio ‖Δw‖ / ‖w‖, median over layers. Shared by the two rules about the learning
 * rate.
 */
import { short } from '../numbers/format.ts';
import { median } from '../numbers/statistics.ts';
import type { ProbedLayer } from '../probe/quantities.ts';

export const UPDATE_SOURCE = 'healthy runs have a median update ratio of 6e-4 to 1.2e-2 (410 trainings)';
export const RATE_SOURCE = '410 trainings at rates of 1e-6 to 3';

export const medianUpdate = (layers: readonly ProbedLayer[]): number =>
  median(layers.map(({ updateRatio }) => updateRatio));

export const describeUpdate = (ratio: number): string =>
  `a step moves the median layer by ${short(100 * ratio)} % of its weights, and in a run that learns by about 0.1 to 1 %`;
