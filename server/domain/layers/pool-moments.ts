/** Second moments through windows of m rectified positions. */
import { addToPatch, type Moments, type Patch, patchSum } from '../propagation/moments.ts';

/** E[max²]/E[x²] of m independent rectified normals, simulated; between these, linear in log m. */
const MAXIMUM_GAIN: readonly (readonly [m: number, gain: number])[] = [
  [1, 1],
  [2, 1.82],
  [4, 3.08],
  [9, 5.12],
  [16, 6.81],
  [49, 10.5],
];

function maximumGain(m: number): number {
  const after = MAXIMUM_GAIN.findIndex(([known]) => known >= m);
  const [x1, y1] = MAXIMUM_GAIN[after < 0 ? MAXIMUM_GAIN.length - 1 : after] ?? [1, 1];
  if (after <= 0) {
    // Beyond the table the largest of m normals grows as 2·ln m.
    return after === 0 ? y1 : (y1 * Math.log(m)) / Math.log(x1);
  }
  const [x0, y0] = MAXIMUM_GAIN[after - 1] ?? [1, 1];
  return y0 + ((y1 - y0) * Math.log(m / x0)) / Math.log(x1 / x0);
}

const area = ({ top, bottom, left, right }: Patch): number => (bottom - top) * (right - left);

/** E[max²] over a patch: the factor that independent positions would have, to the power of what is not shared. */
export const maximumMoment = (moments: Moments, patch: Patch): number =>
  (patchSum(moments, patch) / area(patch)) * maximumGain(area(patch)) ** (1 - moments.correlation);

/** E[mean²] over a patch of P positions: 1/P + (1 − 1/P)·ρ of the mean second moment. */
export const averageMoment = (moments: Moments, patch: Patch): number => {
  const p = area(patch);
  return (patchSum(moments, patch) / p) * (1 / p + (1 - 1 / p) * moments.correlation);
};

/** The gradient goes to one of the m positions of the patch: each has E[δ²]/m. */
export const spreadMaximum = (
  values: Float64Array,
  width: number,
  { patch, moment }: { patch: Patch; moment: number },
): void => addToPatch(values, width, { ...patch, amount: moment / area(patch) });

/** Each of the m positions gets δ/m: E[δ²]/m². */
export const spreadAverage = (
  values: Float64Array,
  width: number,
  { patch, moment }: { patch: Patch; moment: number },
): void => addToPatch(values, width, { ...patch, amount: moment / area(patch) ** 2 });
