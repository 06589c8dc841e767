/** Tables as comma-separated text: every number in full, whatever part the chart shows. */

import { rounded } from '../domain/numbers/format.ts';
import type { ChartModel } from './chart-model.ts';
import { csvRow } from './csv.ts';
import type { DrawnRun } from './drawn-run.ts';
import { type LayerQuantityId, layerQuantity } from './quantities.ts';

const lines = (rows: readonly (readonly (string | number)[])[]): string => rows.map(csvRow).join('');

/** One row per point and curve: `curve,run,step,<x>,value`; the measured values, and the smoothed ones as separate curves. */
export function chartCsv(model: ChartModel): string {
  const rows: (string | number)[][] = [['curve', 'run', 'step', model.xTitle, model.yTitle]];
  for (const curve of model.curves) {
    const label = curve.behind === true ? `${curve.label}, measured` : curve.label;
    curve.y.forEach((y, i) => {
      rows.push([label, curve.run, curve.step[i] as number, curve.x[i] as number, y]);
    });
  }
  return lines(rows);
}

/** One row per probe and run: `run,step,epoch,<a column for every layer>`; runs with different layers start with their own header. */
export function layersCsv(runs: readonly DrawnRun[], id: LayerQuantityId): string {
  const quantity = layerQuantity(id);
  const rows: (string | number)[][] = [];
  let head = '';
  for (const { run, name, data } of runs) {
    const { layers, step, epoch } = data.probes;
    if (layers.join() !== head)
      rows.push(['run', 'name', 'step', 'epoch', ...layers.map((layer) => `${layer} ${quantity.id}`)]);
    head = layers.join();
    const at = quantity.of(data);
    for (let probe = 0; probe < step.length; probe++) {
      // A single-precision number has no more than eight digits.
      const read = (_: string, layer: number): number => rounded(at(probe, layer), 8);
      rows.push([run, name, step.at(probe), epoch.at(probe), ...layers.map(read)]);
    }
  }
  return lines(rows);
}
