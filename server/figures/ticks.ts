/** Tick positions and labels of axes: the same for charts, heat maps, legends and exported SVG. */

import { formatCount, formatDigits, formatEpoch, formatNumber, rounded } from '../domain/numbers/format.ts';
import { formatDuration } from '../domain/numbers/units.ts';
import { type Curve, longestOf } from './chart-model.ts';
import type { XUnit } from './run-data.ts';
import { nearest } from './series.ts';

/** Steps of a time axis, seconds: those of clocks. */
const TIMES = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 43200, 86400];

/** Round numbers between the ends, at most `most` of them. */
export function linearTicks(low: number, high: number, most: number): number[] {
  const width = high - low;
  if (!(width > 0) || !Number.isFinite(width)) return [low];
  const rough = width / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? 10 * power;
  return multiples(low, high, step);
}

/** Round times between the ends, seconds. */
function timeTicks(low: number, high: number, most: number): number[] {
  const rough = (high - low) / Math.max(1, most);
  const step = TIMES.find((size) => size >= rough);
  return step === undefined || rough < 1 ? linearTicks(low, high, most) : multiples(low, high, step);
}

function multiples(low: number, high: number, step: number): number[] {
  const ticks: number[] = [];
  const first = Math.ceil(low / step - 1e-9);
  // Multiples of the step, not sums: sums of 0.1 are not round.
  for (let i = first; i * step <= high + step * 1e-9; i++) ticks.push(rounded(i * step, 12));
  return ticks;
}

/** Powers of ten between the ends; under two decades also 2 and 5 times a power. */
export function logTicks(low: number, high: number, most: number): number[] {
  if (!(low > 0 && high > low)) return [];
  const first = Math.floor(Math.log10(low));
  const last = Math.ceil(Math.log10(high));
  const factors = Math.log10(high / low) < 2 ? [1, 2, 5] : [1];
  const stride = Math.max(1, Math.ceil((last - first) / Math.max(1, most)));
  const ticks: number[] = [];
  for (let power = Math.ceil(first / stride) * stride; power <= last; power += stride) {
    for (const factor of factors) ticks.push(Number(`${factor}e${power}`));
  }
  const seen = ticks.filter((tick) => tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9));
  // None of 1, 2, 5 in view: so short a range is practically linear.
  return seen.length >= 2 ? seen : linearTicks(low, high, Math.min(3, most));
}

/** Most digits that a label uses to differ from its neighbour. */
const MOST_DIGITS = 9;

/** Labels of linear ticks: the fewest digits that distinguish them, at least three; `format` if its labels already do. */
export function tickLabels(ticks: readonly number[], format: (value: number) => string): string[] {
  const labels = ticks.map(format);
  for (let digits = 4; digits <= MOST_DIGITS && new Set(labels).size < labels.length; digits++)
    labels.splice(0, labels.length, ...ticks.map((tick) => formatDigits(tick, digits)));
  return labels;
}

export const xTicks = (unit: XUnit, low: number, high: number, most: number): number[] =>
  unit === 'seconds' ? timeTicks(low, high, most) : linearTicks(low, high, most);

export const formatX = (unit: XUnit, value: number): string =>
  unit === 'seconds' ? formatTime(value) : value >= 1e6 ? formatCount(value) : formatDigits(value, 6);

/** A round time for an axis. */
const formatTime = (seconds: number): string =>
  seconds === 0 ? '0' : seconds < 60 ? `${formatNumber(seconds)} s` : formatDuration(seconds);

/** A position in words: its epoch or time, and the step unless that is the axis itself. */
export function formatPlace(unit: XUnit, value: number, step: number): string {
  if (unit === 'step') return `step ${formatCount(value)}`;
  const place = unit === 'epoch' ? `epoch ${formatEpoch(value)}` : formatDuration(value);
  return `${place}, step ${formatCount(step)}`;
}

/** `formatPlace` for a chart: the step is that of the longest curve's nearest point. */
export function placeFormat(unit: XUnit, curves: readonly Curve[]): (value: number) => string {
  const longest = longestOf(curves);
  return (value) =>
    formatPlace(
      unit,
      value,
      longest === undefined ? Number.NaN : (longest.step[nearest(longest.x, value)] ?? Number.NaN),
    );
}

export const X_TITLES: Readonly<Record<XUnit, string>> = { epoch: 'epoch', step: 'step', seconds: 'training time' };

/** The parts of a chart that depend on its x axis. */
export const xAxis = (unit: XUnit, curves: readonly Curve[]) => ({
  xTitle: X_TITLES[unit],
  xTicks: (low: number, high: number, most: number) => xTicks(unit, low, high, most),
  formatX: (value: number) => formatX(unit, value),
  formatPlace: placeFormat(unit, curves),
});
