/** The curves of runs at the same steps, and how far they are apart there. */
import { mean } from '../domain/numbers/statistics.ts';
import { lowerBound } from '../figures/series.ts';
import type { RunSnapshot } from '../protocol/requests.ts';
import { type Scalar, toScalar, unpack } from '../protocol/scalar.ts';

/** One quantity of several runs at steps that all of them have. */
export interface CommonCurve {
  readonly step: readonly number[];
  /** By run, then by step. */
  readonly values: readonly (readonly Scalar[])[];
}

export interface CommonCurves {
  /** Training loss, nats: the mean of the `window` steps up to each. */
  readonly loss: CommonCurve & { readonly window: number };
  /** Validation error of the common evaluations, per cent. */
  readonly top1: CommonCurve;
}

/** Points of a curve in a table for people. */
export const POINTS = 8;
/** Most steps that a point of the loss averages: a single batch is too noisy. */
const WINDOW = 20;

/** Evenly spaced indices of this many of a list's elements, including the last; of all if there are no more. */
export const some = (length: number, count: number): number[] =>
  Array.from({ length: Math.min(length, count) }, (_, i) =>
    length <= count ? i : Math.round(((i + 1) * length) / count) - 1,
  );

function meanUpTo(
  { steps, losses }: { steps: Float64Array; losses: Float64Array },
  step: number,
  window: number,
): number {
  const last = losses.subarray(lowerBound(steps, step - window + 1), lowerBound(steps, step + 1));
  return mean([...last]);
}

/** The curves up to the last step of the shortest run. */
export function commonCurves(snapshots: readonly RunSnapshot[]): CommonCurves {
  const trained = snapshots.map(({ steps }) => ({ steps: unpack(steps.step), losses: unpack(steps.loss) }));
  const shortest = Math.min(...trained.map(({ steps }) => steps.at(-1) ?? 0));
  const window = Math.max(1, Math.min(WINDOW, Math.floor(shortest / POINTS)));
  const step = some(shortest, POINTS).map((i) => i + 1);
  const evaluated = snapshots.map(({ evaluations }) => new Map(evaluations.map((one) => [one.step, one.top1])));
  const common = [...(evaluated[0]?.keys() ?? [])].filter((at) => evaluated.every((one) => one.has(at)));
  return {
    loss: { window, step, values: trained.map((one) => step.map((at) => toScalar(meanUpTo(one, at, window)))) },
    top1: { step: common, values: evaluated.map((one) => common.map((at) => toScalar(one.get(at) ?? Number.NaN))) },
  };
}
