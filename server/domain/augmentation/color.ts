/** Principal components of colour, for the lighting noise of Krizhevsky et al. (2012), section 4.1. */

type Vector3 = readonly [number, number, number];

/** Covariance of the three channels over all pixels. */
export type Covariance3 = readonly [Vector3, Vector3, Vector3];

/** Eigenvalues, largest first, and their unit eigenvectors. */
export interface ColorBasis {
  readonly values: readonly number[];
  /** [component][channel]. */
  readonly vectors: readonly (readonly number[])[];
}

/** Sweeps over the three pairs: convergence is quadratic, and five sweeps are exact to the last bit. */
const SWEEPS = 12;

/** Eigenvalues and eigenvectors of a symmetric 3×3 matrix by Jacobi's rotations. */
export function colorBasis(covariance: Covariance3): ColorBasis {
  const a = covariance.map((row) => [...row]);
  const v = [0, 1, 2].map((i) => [0, 1, 2].map((j) => (i === j ? 1 : 0)));
  const at = (m: number[][], i: number, j: number): number => m[i]?.[j] ?? 0;
  const set = (m: number[][], [i, j]: readonly [number, number], value: number): void => {
    const row = m[i];
    if (row) row[j] = value;
  };
  for (let sweep = 0; sweep < SWEEPS; sweep++)
    for (const [p, q] of [
      [0, 1],
      [0, 2],
      [1, 2],
    ] as const) {
      if (at(a, p, q) === 0) continue;
      const theta = (at(a, q, q) - at(a, p, p)) / (2 * at(a, p, q));
      const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
      const cos = 1 / Math.sqrt(t * t + 1);
      const sin = t * cos;
      const rotate = (m: number[][], first: readonly [number, number], second: readonly [number, number]) => {
        const [x, y] = [at(m, ...first), at(m, ...second)];
        set(m, first, cos * x - sin * y);
        set(m, second, sin * x + cos * y);
      };
      for (let k = 0; k < 3; k++) rotate(a, [k, p], [k, q]);
      for (let k = 0; k < 3; k++) rotate(a, [p, k], [q, k]);
      for (let k = 0; k < 3; k++) rotate(v, [k, p], [k, q]);
    }
  const order = [0, 1, 2].toSorted((i, j) => at(a, j, j) - at(a, i, i));
  return {
    values: order.map((i) => Math.max(0, at(a, i, i))),
    vectors: order.map((i) => upright([0, 1, 2].map((k) => at(v, k, i)))),
  };
}

/** The sign of an eigenvector is arbitrary: the largest component is made positive, so that a run is the same everywhere. */
function upright(vector: number[]): number[] {
  const largest = vector.reduce((most, part) => (Math.abs(part) > Math.abs(most) ? part : most), 0);
  return largest < 0 ? vector.map((part) => -part) : vector;
}

/**
 * What is added to every pixel's three channels: Σₖ pₖ αₖ λₖ, with eigenvectors pₖ, eigenvalues λₖ and drawn numbers αₖ.
 * An eigenvalue is in squared units of a pixel, so the formula applies to pixels from 0 to 1.
 */
export function colorShift({ values, vectors }: ColorBasis, alphas: Vector3): number[] {
  return [0, 1, 2].map((channel) =>
    alphas.reduce((sum, alpha, k) => sum + (vectors[k]?.[channel] ?? 0) * alpha * (values[k] ?? 0), 0),
  );
}
