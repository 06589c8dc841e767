/** Numbers for people, with their units. */

/** 1.2e-6, 0.034, 2.31, 1,130, 2.3e6: two significant digits below one and where there is an exponent, three above. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size < 1e-3 || size >= 1e5) return value.toExponential(1).replace('e+', 'e');
  return size < 1000 ? value.toPrecision(size < 1 ? 2 : 3) : count(Number(value.toPrecision(3)));
}

/** Per cent, one digit. */
export const percent = (value: number | undefined): string => (value === undefined ? '–' : `${value.toFixed(1)} %`);

/** 1234567 → 1,234,567. */
export const count = (value: number): string => value.toLocaleString('en-US');

/** Bytes as people read them: 640 B, 1.4 MB. */
export function bytes(value: number): string {
  if (value < 1000) return `${value} B`;
  const power = Math.min(3, Math.floor(Math.log10(value) / 3));
  return `${(value / 1000 ** power).toPrecision(3)} ${['B', 'kB', 'MB', 'GB'][power]}`;
}
