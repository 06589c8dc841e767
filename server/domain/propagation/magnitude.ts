/** Positive numbers beyond double precision: a signal that shrinks a thousandfold per layer underflows after a hundred layers. */

/** value · 2^exponent; the value is from ½ to 1, or 0, or not finite. */
export interface Magnitude {
  readonly value: number;
  readonly exponent: number;
}

/** A number times 2^exponent. */
export function magnitude(number: number, exponent = 0): Magnitude {
  if (number === 0 || !Number.isFinite(number)) return { value: number, exponent: 0 };
  const own = Math.floor(Math.log2(number)) + 1;
  return { value: number / 2 ** own, exponent: exponent + own };
}

export const times = (a: Magnitude, b: Magnitude): Magnitude => magnitude(a.value * b.value, a.exponent + b.exponent);

/** a / b; nothing is no part of anything, nothing included. */
export const over = (a: Magnitude, b: Magnitude): Magnitude =>
  a.value === 0 ? a : magnitude(a.value / b.value, a.exponent - b.exponent);

/** The nearest double: 0 or infinite if it is out of range. */
export const toNumber = ({ value, exponent }: Magnitude): number =>
  exponent < -1000 ? value * 2 ** (exponent + 1000) * 2 ** -1000 : value * 2 ** exponent;
