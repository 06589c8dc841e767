/** Rows of a table as comma-separated text (RFC 4180). */

/** A field, quoted if needed. Numbers are written so that reading them gives the same ones, others as NaN, Infinity, -Infinity. */
const field = (value: string | number): string => {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/** One row with its line end. */
export const csvRow = (values: readonly (string | number)[]): string => `${values.map(field).join(',')}\r\n`;
