/**
 * Numbers as people read them, the same everywhere: thousands as `12,345`, exponents as `1.2e-5` below a thousandth and from a million
 * on, a minus as `−`, what is not finite as `NaN`, `∞`, `−∞`. `units.ts` has times and sizes. JSON, CSV and edits of run files
 * keep numbers as they are.
 */

/** Sizes between these are written out; the others take an exponent. */
const LEAST = 1e-3;
const MOST = 1e6;
const isOutside = (value: number): boolean => value !== 0 && !(Math.abs(value) >= LEAST && Math.abs(value) < MOST);

/** A value with so many significant digits, as a number. */
export const rounded = (value: number, digits: number): number => Number(value.toPrecision(digits));

/** Decimals that a column has; few, since each has a formatter made once (making one takes as long as a hundred numbers). */
export type Decimals = 0 | 1 | 2 | 3;

const formatter = (options: Intl.NumberFormatOptions) =>
  // What rounds to 0 has no sign.
  new Intl.NumberFormat('en-US', { signDisplay: 'negative', ...options });
const withDecimals = (options: Intl.NumberFormatOptions) =>
  [0, 1, 2, 3].map((n) => formatter({ minimumFractionDigits: n, maximumFractionDigits: n, ...options }));
const PLAIN = formatter({ maximumFractionDigits: 20 });
const FIXED = withDecimals({});
const WITH_SIGN = withDecimals({ signDisplay: 'exceptZero' });

/** A minus sign for the hyphen of programs; an exponent keeps its own, so that it can be typed. */
const signed = (text: string): string => text.replace(/^-/, '−');

const write = (value: number, { format }: Intl.NumberFormat = PLAIN): string => signed(format(value));

/** At most `digits` significant digits, zeros at the end left out; beside an exponent one digit fewer, but two at least. */
export function formatDigits(value: number, digits: number): string {
  if (!Number.isFinite(value)) return write(value);
  const near = rounded(value, isOutside(value) ? Math.max(2, digits - 1) : digits);
  if (isOutside(near)) return signed(near.toExponential()).replace('e+', 'e');
  return write(near);
}

/** Three digits, the usual ones: `0.0301`, `12,300`, `2.1e-4`. */
export const formatNumber = (value: number): string => formatDigits(value, 3);

/** Two digits, for sentences: `0.72`, `33,000`, `6.1e-5`. */
export const short = (value: number): string => formatDigits(value, 2);

/** So many decimals, zeros included: a column of a table. */
export const formatFixed = (value: number, decimals: Decimals): string => write(value, FIXED[decimals]);

/** A value and how far it may be off, or spreads: `2.31 ± 0.04`. */
export const formatSpread = (value: number, spread: number): string =>
  `${formatFixed(value, 2)} ± ${formatFixed(spread, 2)}`;

/** A difference with its sign and so many decimals: `−3.0`, `+2.3`, `0.0`. */
export const formatDifference = (value: number, decimals: Decimals): string => write(value, WITH_SIGN[decimals]);

/** A whole number: `12,345`. */
export const formatCount = (value: number): string => formatFixed(value, 0);

/** Per cent: `33.1 %`; a dash for what was not measured. */
export function formatPercent(value: number | undefined): string {
  if (value === undefined) return '–';
  return Number.isFinite(value) ? `${formatFixed(value, 1)} %` : formatNumber(value);
}

/** Three significant digits, zeros at the end included, so that a column of losses does not jump: `2.30`. */
export function formatLoss(value: number): string {
  const size = Math.abs(rounded(value, 3));
  return size >= LEAST && size < 1000 ? signed(value.toPrecision(3)) : formatNumber(value);
}

/** A learning rate as run files have it, so that it can be copied there: `0.0005`, `0.0125`, `1.2e-5`. */
export const formatRate = (value: number): string =>
  value >= 1e-4 && value < MOST ? String(rounded(value, 3)) : formatNumber(value);

/** Epochs: two decimals below ten, three below a tenth; a dash where there are none. */
export const formatEpoch = (value: number): string =>
  Number.isFinite(value) ? write(Number(value.toFixed(value < 0.1 ? 3 : value < 10 ? 2 : 1))) : '–';

/** A label of a logarithmic axis: powers of ten as 10⁻³, near one in full. */
export function formatPower(value: number): string {
  const exponent = Math.log10(value);
  if (Math.abs(exponent - Math.round(exponent)) > 1e-6) return formatNumber(value);
  const power = Math.round(exponent);
  if (power >= -1 && power <= 3) return formatDigits(value, 1);
  return `10${String(power).replace(/./g, (digit) => SUPERSCRIPT[digit] ?? digit)}`;
}

const SUPERSCRIPT: Record<string, string> = {
  '-': '⁻',
  0: '⁰',
  1: '¹',
  2: '²',
  3: '³',
  4: '⁴',
  5: '⁵',
  6: '⁶',
  7: '⁷',
  8: '⁸',
  9: '⁹',
};
