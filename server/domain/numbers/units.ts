/**
 * Times and sizes as people read them. By hand: `server/domain` imports no package, `pretty-ms` writes `3m 20s`, where m is the metre's
 * sign, and Intl chooses no unit. All of `pretty-bytes` but the choice of the unit is `formatNumber`.
 */
import { formatFixed, formatNumber, rounded } from './format.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Seconds as `0.5 s`, `45 s`, `3 min 20 s`, `2 h 5 min`, `3.5 days`. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return '–';
  if (seconds < 9.95) return `${formatFixed(seconds, 1)} s`;
  const whole = Math.round(seconds);
  if (whole < MINUTE) return `${whole} s`;
  if (whole < HOUR) return `${Math.floor(whole / MINUTE)} min${whole % MINUTE === 0 ? '' : ` ${whole % MINUTE} s`}`;
  const minutes = Math.floor((whole % HOUR) / MINUTE);
  if (whole < 2 * DAY) return `${Math.floor(whole / HOUR)} h${minutes === 0 ? '' : ` ${minutes} min`}`;
  return `${formatFixed(whole / DAY, 1)} days`;
}

/** The same in words, for a screen reader: `3 minutes 20 seconds`. */
export function speakDuration(seconds: number): string {
  const whole = Math.round(seconds);
  const say = (count: number, unit: string): string => `${count} ${unit}${count === 1 ? '' : 's'}`;
  if (whole < MINUTE) return say(whole, 'second');
  if (whole < HOUR) return `${say(Math.floor(whole / MINUTE), 'minute')} ${say(whole % MINUTE, 'second')}`;
  return `${say(Math.floor(whole / HOUR), 'hour')} ${say(Math.floor((whole % HOUR) / MINUTE), 'minute')}`;
}

/** Bytes in powers of ten, as disks and download pages count them: `640 B`, `1.4 MB`, `274 MB`, `2.15 GB`. */
export function formatBytes(bytes: number): string {
  const power = bytes < 1000 ? 0 : Math.min(4, Math.floor(Math.log10(bytes) / 3));
  const amount = bytes / 1000 ** power;
  // 999,999 bytes are 1 MB: three digits of them round up to the next unit.
  const up = power < 4 && rounded(amount, 3) >= 1000 ? 1 : 0;
  return `${formatNumber(amount / 1000 ** up)} ${['B', 'kB', 'MB', 'GB', 'TB'][power + up]}`;
}
