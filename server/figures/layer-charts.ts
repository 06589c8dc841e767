/** Two charts of a layer quantity: one layer over the training, and all layers over the depth. */

import { formatCount, formatNumber, formatPower } from '../domain/numbers/format.ts';
import { fromScalar } from '../protocol/scalar.ts';
import type { CurveView } from './chart-model.ts';
import { type ChartModel, type Curve, extentOf, type Mark } from './chart-model.ts';
import { extremesOf, layerSeries, smoothedOf } from './derived.ts';
import type { DrawnRun } from './drawn-run.ts';
import type { LayerQuantity } from './quantities.ts';
import { nearest } from './series.ts';
import { linearTicks, xAxis } from './ticks.ts';

/** First occurrence only: a gradient that is zero once usually stays zero. */
const MOST_ZERO_MARKS = 1;

const yParts = (quantity: LayerQuantity) => ({
  yTitle: quantity.axis,
  yScale: quantity.scale,
  formatY: formatNumber,
  formatYTick: quantity.scale === 'logarithmic' ? formatPower : formatNumber,
  ...(quantity.threshold === undefined ? {} : { threshold: quantity.threshold }),
});

/** The quantity of one layer over the training, for every run that has a layer of this name. */
export function layerSeriesChart(
  runs: readonly DrawnRun[],
  options: { quantity: LayerQuantity; layer: string; view: CurveView },
): ChartModel {
  const { quantity, layer, view } = options;
  const curves: Curve[] = [];
  const marks: Mark[] = [];
  for (const { run, name, look, data } of runs) {
    const y = layerSeries(data, quantity, layer);
    if (y.length === 0) continue;
    const x = data.probes[view.x].view();
    const step = data.probes.step.view();
    const key = `layer ${quantity.id} ${layer}`;
    const blocks = extremesOf(data, key, y);
    const plain = { run, label: name, short: '', color: look.color, x, step, dash: [] };
    const smooth =
      view.smoothing === 0
        ? y
        : smoothedOf({ data, name: key, step, value: y, positive: quantity.scale === 'logarithmic' }, view.smoothing);
    if (smooth !== y) {
      curves.push({ ...plain, id: `${run} raw`, y, blocks, alpha: 0.25, width: 1, behind: true });
      const smoothBlocks = extremesOf(data, `smooth ${key}`, smooth);
      curves.push({
        ...plain,
        id: run,
        label: `${name}, smoothed`,
        y: smooth,
        blocks: smoothBlocks,
        alpha: 1,
        width: 1.75,
      });
    } else curves.push({ ...plain, id: run, y, blocks, alpha: 1, width: 1.5 });
    if (quantity.mayBeAbsent !== true)
      marks.push(...faults({ x, y, step, color: look.color, quantity }, blocks.brokenStretches(y, 3)));
  }
  return {
    ...yParts(quantity),
    curves,
    marks,
    extent: extentOf(curves, 0),
    ...xAxis(view.x, curves),
  };
}

interface FaultySeries {
  x: Float64Array;
  y: Float64Array;
  step: Float64Array;
  color: string;
  quantity: LayerQuantity;
}

/** Where a series can't be drawn: values that are not finite, and zero on a logarithmic axis. */
function faults({ x, y, step, color, quantity }: FaultySeries, broken: readonly number[]): Mark[] {
  const zeros: number[] = [];
  if (quantity.scale === 'logarithmic') {
    for (let i = 0; i < y.length && zeros.length < MOST_ZERO_MARKS; i++) if (y[i] === 0) zeros.push(i);
  }
  return [...broken, ...zeros].map((index) => ({
    x: x[index] as number,
    label: `${formatNumber(y[index] as number)} at step ${formatCount(step[index] ?? Number.NaN)}`,
    color,
    dash: [2, 2],
  }));
}

/** Lines of the profile: the first probe dotted, a chosen one dashed, the latest solid, the prediction dashed and dotted. */
const PROFILE_LINES = {
  first: { dash: [1.5, 3], width: 1.5, alpha: 0.9 },
  chosen: { dash: [6, 3], width: 1.75, alpha: 1 },
  latest: { dash: [], width: 2, alpha: 1 },
  predicted: { dash: [8, 3, 1.5, 3], width: 1.5, alpha: 0.9 },
} as const;

/** The quantity over depth, layer 1 to the last, at the first, the latest and a chosen step of every run. */
export function profileChart(
  runs: readonly DrawnRun[],
  options: { quantity: LayerQuantity; step: number | null; selected: string | null; foreground: string },
): ChartModel {
  const { quantity, step, selected } = options;
  const curves: Curve[] = [];
  const names = layerNames(runs);
  for (const { run, name, look, data } of runs) {
    const { layers } = data.probes;
    const count = data.probes.step.length;
    if (count === 0 || layers.length === 0) continue;
    const at = quantity.of(data);
    const steps = data.probes.step.view();
    const x = Float64Array.from(layers, (_, layer) => layer + 1);
    const line = (kind: 'first' | 'chosen' | 'latest', probe: number): void => {
      curves.push({
        ...{
          id: `${run} ${kind}`,
          run,
          label: `${name}, step ${steps[probe]}`,
          short: `step ${steps[probe]}`,
          color: look.color,
          x,
          step: x,
        },
        ...{ y: Float64Array.from(layers, (_, layer) => at(probe, layer)), ...PROFILE_LINES[kind] },
        ...(kind === 'latest' ? { marker: look.marker } : {}),
      });
    };
    const predicted = quantity.id === 'activation_std' ? data.started?.predicted_std : undefined;
    if (predicted)
      curves.push({
        ...{
          id: `${run} predicted`,
          run,
          label: `${name}, predicted for step 1`,
          short: 'predicted',
          color: look.color,
        },
        ...{ x, step: x, y: Float64Array.from(layers, (_, layer) => fromScalar(predicted[layer] ?? 'NaN')) },
        ...PROFILE_LINES.predicted,
      });
    if (count > 1) line('first', 0);
    if (step !== null) line('chosen', nearest(steps, step));
    line('latest', count - 1);
  }
  const depth = names.indexOf(selected ?? '');
  const marks = depth < 0 ? [] : [{ x: depth + 1, label: selected as string, color: options.foreground, dash: [] }];
  return {
    ...yParts(quantity),
    xTitle: 'layer, by depth',
    curves,
    marks,
    extent: { from: 0.5, to: Math.max(1, names.length) + 0.5 },
    xTicks: (low, high, most) =>
      linearTicks(low, high, Math.min(most, names.length))
        .filter(Number.isInteger)
        .filter((at) => at >= 1),
    formatX: (value) => names[Math.round(value) - 1] ?? '',
    formatPlace: (value) => names[Math.round(value) - 1] ?? '',
  };
}

/** Names of the layers by depth, of the deepest run. */
export const layerNames = (runs: readonly DrawnRun[]): readonly string[] =>
  runs.map((run) => run.data.probes.layers).reduce((a, b) => (b.length > a.length ? b : a), [] as readonly string[]);

/** Whether any run has measured this quantity, by its first probe: a layer's quantities do not change. */
export function isMeasured(runs: readonly DrawnRun[], quantity: LayerQuantity): boolean {
  return runs.some(({ data }) => {
    if (data.probes.step.length === 0) return false;
    const at = quantity.of(data);
    return data.probes.layers.some((_, layer) => !Number.isNaN(at(0, layer)));
  });
}
