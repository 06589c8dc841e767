/** How numbers are written for people. */

/** At most three significant digits; below a thousandth, and large ones, as 2.1e-4: as in the text of findings. */
export function formatNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e5 || size < 1e-3) return value.toExponential(1).replace('e+', 'e').replace('.0e', 'e');
  return String(Number(value.toPrecision(3)));
}

/** Three significant digits, including trailing zeros, so that a column of losses does not jump: `2.30`. */
export function formatLoss(value: number): string {
  const size = Math.abs(value);
  return size >= 1e-3 && size < 1e3 ? value.toPrecision(3) : formatNumber(value);
}

/** Per cent with one decimal: `33.1 %`. */
export const formatPercent = (value: number): string =>
  Number.isFinite(value) ? `${value.toFixed(1)} %` : formatNumber(value);

/** A label of a logarithmic axis: powers of ten as 10⁻³, near one in full. */
export function formatPower(value: number): string {
  const exponent = Math.log10(value);
  if (Math.abs(exponent - Math.round(exponent)) > 1e-6) return formatNumber(value);
  const power = Math.round(exponent);
  if (power >= -1 && power <= 3) return String(Number(value.toPrecision(1)));
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

/** Seconds as `0.5 s`, `45 s`, `3 min 20 s`, `2 h 5 min`, `3.5 days`. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return '–';
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min${whole % 60 === 0 ? '' : ` ${whole % 60} s`}`;
  const minutes = Math.floor((whole % 3600) / 60);
  if (whole < 2 * 86400) return `${Math.floor(whole / 3600)} h${minutes === 0 ? '' : ` ${minutes} min`}`;
  return `${(whole / 86400).toFixed(1)} days`;
}

/** The same in words, for a screen reader: `3 minutes 20 seconds`. */
export function speakDuration(seconds: number): string {
  const whole = Math.round(seconds);
  const quantity = (count: number, unit: string): string => `${count} ${unit}${count === 1 ? '' : 's'}`;
  if (whole < 60) return quantity(whole, 'second');
  if (whole < 3600) return `${quantity(Math.floor(whole / 60), 'minute')} ${quantity(whole % 60, 'second')}`;
  return `${quantity(Math.floor(whole / 3600), 'hour')} ${quantity(Math.floor((whole % 3600) / 60), 'minute')}`;
}

/** Whole numbers with thin spaces: `12 800`. */
export const formatCount = (value: number): string => String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, '\u202f');

/** Epochs: two decimals below ten, three below a tenth. */
export const formatEpoch = (value: number): string =>
  Number.isFinite(value) ? String(Number(value.toFixed(value < 0.1 ? 3 : value < 10 ? 2 : 1))) : '–';
