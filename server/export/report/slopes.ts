/** The learned slopes of a network with PReLUs, layer by layer, over the steps of the run (paper, Table 1). */
import { formatCount, formatFixed } from '../../domain/numbers/format.ts';
import { probeTable, quantityIn } from '../../protocol/probe-table.ts';
import type { RunSnapshot } from '../../protocol/requests.ts';
import { unpack } from '../../protocol/scalar.ts';
import { type Html, html, table } from './html.ts';

/** Columns of the table: more do not fit a page; the heat map and the CSV have every probe. */
const MOST_COLUMNS = 8;

/** Mean slopes at probes spread evenly from the first to the last; undefined if no layer learns one. */
export function slopeTable({ probes }: RunSnapshot): Html | undefined {
  const { layers } = probes;
  const steps = [...unpack(probes.step)];
  const at = quantityIn(probeTable(probes), 'slope_mean');
  const columns = Math.min(MOST_COLUMNS, steps.length);
  const shown = Array.from({ length: columns }, (_, i) =>
    Math.round((i * (steps.length - 1)) / Math.max(1, columns - 1)),
  );
  const rows = layers.flatMap((name, layer) =>
    steps.every((_, probe) => Number.isNaN(at(probe, layer)))
      ? []
      : [[name, ...shown.map((probe) => formatFixed(at(probe, layer), 3))]],
  );
  if (rows.length === 0) return undefined;
  const head = ['layer', ...shown.map((probe) => `step ${formatCount(steps[probe] ?? Number.NaN)}`)];
  return html`<h3>Learned slopes, mean of each layer</h3>${table(head, rows, 'Learned slopes')}`;
}
