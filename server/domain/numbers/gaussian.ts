/** The standard Gaussian, and what a rectifier makes of one. */

const density = (z: number): number => Math.exp(-(z * z) / 2) / Math.sqrt(2 * Math.PI);

/** P(Z ≤ z), to 1e-7 (Abramowitz and Stegun, Handbook of Mathematical Functions, 26.2.17). */
export function below(z: number): number {
  if (z > 0) return 1 - below(-z);
  const t = 1 / (1 - 0.2316419 * z);
  const series = [1.330274429, -1.821255978, 1.781477937, -0.356563782, 0.31938153].reduce(
    (sum, coefficient) => (sum + coefficient) * t,
    0,
  );
  return density(z) * series;
}

/** E[max(0, Y)²] of a Gaussian Y: (m² + σ²)·Φ(m/σ) + m·σ·φ(m/σ). */
export function rectifiedSquare(mean: number, deviation: number): number {
  const z = mean / deviation;
  return (mean * mean + deviation * deviation) * below(z) + mean * deviation * density(z);
}
