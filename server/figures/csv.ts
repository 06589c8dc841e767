/** Rows of a table as comma-separated text (RFC 4180). */

/** A spreadsheet takes text that begins so for a formula, and runs it. */
const FORMULA = /^[=+\-@\t\r]/;

/** A number is none, also as text: `-5`, `+1e-3`. */
const isNumber = (text: string): boolean => text.trim() === text && text !== '' && !Number.isNaN(Number(text));

/**
 * A field; quoted where it must be. Text that a spreadsheet would take for a formula has a `'` before it, by which it is text there. Numbers are
 * written so that reading them gives the same ones, not-finite ones as NaN, Infinity, -Infinity.
 */
const field = (value: string | number): string => {
  const text = typeof value === 'string' && FORMULA.test(value) && !isNumber(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/** One row with its line end. */
export const csvRow = (values: readonly (string | number)[]): string => `${values.map(field).join(',')}\r\n`;
