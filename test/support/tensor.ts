import assert from 'node:assert/strict';

/** A dense array of the tests' interpreter: row-major, channels last. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** Numbers in an array of this shape. */
export const count = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);

/** What must be there; fails the test otherwise. */
export function got<T>(value: T | undefined, what: string): T {
  assert.ok(value !== undefined, `nothing for ${what}`);
  return value;
}
