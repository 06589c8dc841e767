/** The content of a line chart, independent of drawing: used by the canvas, the SVG, the table and the CSV. */
import type { Marker } from './colors.ts';
import type { XUnit } from './run-data.ts';
import type { BlockExtremes } from './thinning.ts';

/** Visible part of an x axis, in its unit. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** The view of the curves. */
export interface CurveView {
  readonly x: XUnit;
  readonly logY: boolean;
  /** Range of smoothing, steps; 0 is off. */
  readonly smoothing: number;
}

export interface Curve {
  /** Unique in its chart and stable between frames. */
  readonly id: string;
  readonly run: string;
  /** Run and kind, for a legend: `he-30, validation`. */
  readonly label: string;
  /** Only the kind, for a legend that names the run elsewhere: `val`. */
  readonly short: string;
  /** `#rrggbb`. */
  readonly color: string;
  /** 0 to 1. */
  readonly alpha: number;
  /** Lengths of line and gap, pixels; empty: unbroken. */
  readonly dash: readonly number[];
  readonly width: number;
  /** Shape of its points; undefined: none are drawn. */
  readonly marker?: Marker;
  /** Ascending. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly step: Float64Array;
  /** Extremes of `y`, up to date. */
  readonly blocks?: BlockExtremes;
  /** The measured curve behind its smoothed copy: drawn, not listed. */
  readonly behind?: boolean;
}

/** A marked position on the x axis. */
export interface Mark {
  readonly x: number;
  readonly label: string;
  readonly color: string;
  readonly dash: readonly number[];
}

export interface ChartModel {
  readonly xTitle: string;
  readonly yTitle: string;
  readonly yScale: 'linear' | 'logarithmic';
  readonly curves: readonly Curve[];
  readonly marks: readonly Mark[];
  /** A limit drawn as a horizontal line. */
  readonly threshold?: { readonly value: number; readonly label: string };
  /** The whole x axis, without zoom. */
  readonly extent: Range;
  /** Ticks of the x axis between two values, with their labels. */
  readonly xTicks: (low: number, high: number, most: number) => number[];
  readonly formatX: (value: number) => string;
  /** A position on the x axis in words, also between labels: `epoch 3.29, step 658`. */
  readonly formatPlace: (value: number) => string;
  readonly formatY: (value: number) => string;
  readonly formatYTick: (value: number) => string;
}

/** The range of x that all curves cover; [0, 1] without points. */
export function extentOf(curves: readonly Curve[], start?: number): Range {
  let from = start ?? Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const { x } of curves) {
    if (x.length === 0) continue;
    from = Math.min(from, x[0] as number);
    to = Math.max(to, x[x.length - 1] as number);
  }
  if (!(to >= from)) return { from: 0, to: 1 };
  return to === from ? { from, to: from + 1 } : { from, to };
}

/** The curve with the most points; undefined if none has any. */
export const longestOf = (curves: readonly Curve[]): Curve | undefined =>
  curves.reduce<Curve | undefined>((a, b) => (b.x.length > (a?.x.length ?? 0) ? b : a), undefined);
