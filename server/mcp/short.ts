/** Numbers as an agent needs them: four digits, and nothing that JSON does not know. */
import { rounded } from '../domain/numbers/format.ts';
import { toScalar } from '../protocol/scalar.ts';

const DIGITS = 4;

const shortNumber = (value: number) =>
  Number.isInteger(value) ? value : toScalar(Number.isFinite(value) ? rounded(value, DIGITS) : value);

/** The same value with shortened numbers, without undefined fields. */
export function short(value: unknown): unknown {
  if (typeof value === 'number') return shortNumber(value);
  if (Array.isArray(value)) return value.map(short);
  if (typeof value !== 'object' || value === null) return value;
  const known = Object.entries(value).filter(([, one]) => one !== undefined);
  return Object.fromEntries(known.map(([key, one]) => [key, short(one)]));
}
