/** The three charts of a training: top-1 error, top-5 error, loss; dashes distinguish validation and training. */

import { formatCount, formatLoss, formatNumber, formatPercent } from '../domain/numbers/format.ts';
import type { CurveView } from './chart-model.ts';
import { type ChartModel, type Curve, extentOf, type Mark } from './chart-model.ts';
import { extremesOf, smoothedOf } from './derived.ts';
import type { DrawnRun } from './drawn-run.ts';
import type { Positions } from './run-data.ts';
import type { Column } from './series.ts';
import { xAxis } from './ticks.ts';

export type CurveChart = 'top1' | 'top5' | 'loss';

export const CURVE_TITLES: Readonly<Record<CurveChart, string>> = {
  top1: 'Top-1 error',
  top5: 'Top-5 error',
  loss: 'Loss',
};

/** Validation is solid, batches of training are dashed, the training set in test mode is dotted. */
export const KINDS = {
  validation: { short: 'val', dash: [], width: 2 },
  batch: { short: 'batch', dash: [5, 3], width: 1.25 },
  train: { short: 'train', dash: [1.5, 3], width: 1.75 },
} as const;

/** Most ranges that are not finite marked in one curve. */
const MOST_MARKS = 5;

interface CurveSource {
  at: Positions;
  value: Column;
  kind: keyof typeof KINDS;
}

const SOURCES: Readonly<Record<CurveChart, (run: DrawnRun) => CurveSource[]>> = {
  top1: ({ data }) => [
    { at: data.evaluations, value: data.evaluations.top1, kind: 'validation' },
    { at: data.evaluations, value: data.evaluations.trainTop1, kind: 'train' },
    { at: data.steps, value: data.steps.top1, kind: 'batch' },
  ],
  top5: ({ data }) => [{ at: data.evaluations, value: data.evaluations.top5, kind: 'validation' }],
  loss: ({ data }) => [
    { at: data.evaluations, value: data.evaluations.loss, kind: 'validation' },
    { at: data.evaluations, value: data.evaluations.trainLoss, kind: 'train' },
    { at: data.steps, value: data.steps.loss, kind: 'batch' },
  ],
};

export function curveChart(chart: CurveChart, runs: readonly DrawnRun[], view: CurveView): ChartModel {
  const curves: Curve[] = [];
  const marks: Mark[] = [];
  for (const run of runs) {
    for (const source of SOURCES[chart](run)) {
      const made = curvesOf(run, { chart, source, view });
      curves.push(...made.curves);
      marks.push(...made.marks);
    }
  }
  return {
    yTitle: chart === 'loss' ? 'loss, nats' : chart === 'top1' ? 'top-1 error, %' : 'top-5 error, %',
    yScale: view.logY ? 'logarithmic' : 'linear',
    curves,
    marks,
    extent: extentOf(curves, 0),
    ...xAxis(view.x, curves),
    formatY: chart === 'loss' ? formatLoss : formatPercent,
    formatYTick: formatNumber,
  };
}

function curvesOf(
  run: DrawnRun,
  options: { chart: CurveChart; source: CurveSource; view: CurveView },
): { curves: Curve[]; marks: Mark[] } {
  const { chart, source, view } = options;
  const { at, value, kind } = source;
  const { data, look, name } = run;
  const x = at[view.x].view();
  const step = at.step.view();
  const y = value.view();
  const key = `${chart} ${kind}`;
  const blocks = extremesOf(data, key, y);
  // Not measured at all (evaluations of an older store have no top-1 error of the training set) is not a fault.
  if (kind === 'train' && y.every(Number.isNaN)) return { curves: [], marks: [] };
  const own = { run: run.run, label: `${name}, ${LONG[kind]}`, short: KINDS[kind].short, color: look.color, x, step };
  const marks = blocks.brokenStretches(y, MOST_MARKS).map((index) => ({
    x: x[index] as number,
    label: `${formatNumber(y[index] as number)} at step ${formatCount(step[index] ?? Number.NaN)}`,
    color: look.color,
    dash: [2, 2],
  }));
  const plain = {
    ...own,
    id: `${run.run} ${kind}`,
    y,
    blocks,
    alpha: 1,
    dash: KINDS[kind].dash,
    width: KINDS[kind].width,
  };
  if (kind !== 'batch') return { curves: [kind === 'validation' ? { ...plain, marker: look.marker } : plain], marks };
  if (view.smoothing === 0) return { curves: [{ ...plain, alpha: 0.75, width: 1 }], marks };
  const smooth = smoothedOf({ data, name: key, step, value: y }, view.smoothing);
  const behind: Curve = { ...plain, id: `${plain.id} raw`, alpha: 0.22, dash: [], width: 1, behind: true };
  const label = `${name}, training batch, smoothed`;
  return { curves: [behind, { ...plain, label, y: smooth, blocks: extremesOf(data, `smooth ${key}`, smooth) }], marks };
}

const LONG: Readonly<Record<keyof typeof KINDS, string>> = {
  validation: 'validation',
  batch: 'training batch',
  train: 'training set in test mode',
};
