/** Second moments through windows of m rectified positions. */

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

/** The second moment of a maximum of m positions, relative to the mean of theirs: that of independent ones to the power of 1 − ρ. */
export const maximumFactor = (m: number, correlation: number): number => maximumGain(m) ** (1 - correlation);

/** The same for their average: 1/m + (1 − 1/m)·ρ. */
export const averageFactor = (m: number, correlation: number): number => 1 / m + (1 - 1 / m) * correlation;
