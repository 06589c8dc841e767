/** The prediction audited: what was measured at step 1, before any update, beside what was predicted. */
import type { InputStatistics } from './input-statistics.ts';
import type { Propagation } from './propagate.ts';

/** One weighted layer's standard deviation of the pre-activations. */
export interface AuditedLayer {
  readonly name: string;
  readonly predicted: number;
  readonly measured: number;
  /** Deviation of the measured from the predicted, per cent of the predicted; not finite if that is 0. */
  readonly deviation: number;
}

/**
 * Predicted standard deviations of the pre-activations for the images that the network gets, by weighted layer. The prediction is for an
 * input of unit mean square; every layer is linear in the size of its input at initialisation (biases start at 0), so
 * the size of the normalised input is a common factor.
 */
export const predictedStd = ({ layers }: Propagation, { meanSquare }: InputStatistics): number[] =>
  layers.map(({ forwardStd }) => forwardStd * Math.sqrt(meanSquare));

/** Pairs both; a layer that either lacks is left out. */
export function auditPrediction(
  names: readonly string[],
  predicted: readonly number[],
  measured: readonly number[],
): AuditedLayer[] {
  return names.flatMap((name, i) => {
    const [own, found] = [predicted[i], measured[i]];
    if (own === undefined || found === undefined) return [];
    return [{ name, predicted: own, measured: found, deviation: 100 * (found / own - 1) }];
  });
}
