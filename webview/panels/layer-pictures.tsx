/** The heat maps of all chosen runs, with one colour scale. */

import type { VNode } from 'preact';
import { formatNumber } from '../../server/domain/numbers/format.ts';
import { layersCsv } from '../../server/figures/chart-csv.ts';
import type { Range } from '../../server/figures/chart-model.ts';
import { heatmapSvg } from '../../server/figures/heatmap-svg.ts';
import type { GridRange } from '../../server/figures/layer-grid.ts';
import type { LayerQuantity } from '../../server/figures/quantities.ts';
import type { XUnit } from '../../server/figures/run-data.ts';
import { X_TITLES } from '../../server/figures/ticks.ts';
import type { ChosenRun } from '../charts/chosen-run.ts';
import { DataTable } from '../charts/data-table.tsx';
import { FigureTools } from '../charts/figure-tools.tsx';
import { Heatmap } from '../charts/heatmap.tsx';
import { PictureHead } from '../charts/picture-head.tsx';
import { type ChartTable, spread } from '../charts/table.ts';
import { usePanel } from './context.ts';

/** Columns of the table of layers by steps. */
const TABLE_STEPS = 8;

export interface LayerPicturesProps {
  runs: readonly ChosenRun[];
  quantity: LayerQuantity;
  scale: GridRange;
}

export function LayerPictures({ runs, quantity, scale }: LayerPicturesProps): VNode {
  const { store } = usePanel();
  const { x, zoom, tables } = store.view.value;
  const measured = runs.filter((run) => run.data.probes.step.length > 0);
  const whole = wholeRange(runs, x);
  const title = `${quantity.title} of all layers by ${X_TITLES[x]}`;
  return (
    <figure class="pictures" aria-labelledby="title-pictures">
      <figcaption>
        <h3 id="title-pictures">
          <span class="sr-only">{quantity.title} of all </span>Layers by {X_TITLES[x]}
        </h3>
        <FigureTools
          id="pictures"
          title={title}
          csv={() => layersCsv(measured, quantity.id)}
          svg={() => heatmapSvg(measured, { quantity, x, range: zoom ?? whole })}
        />
      </figcaption>
      {measured.map((run) =>
        tables.includes('pictures') ? (
          <div key={run.run}>
            <PictureHead run={run} />
            <DataTable table={layerTable(run, quantity)} caption={`${title}: ${run.name}`} />
          </div>
        ) : (
          <Heatmap key={run.run} run={run} quantity={quantity} scale={scale} whole={whole} />
        ),
      )}
      {measured.length === 0 && store.chosen.value.length > 0 && (
        <p class="waiting">
          Nothing measured yet: steps 1, 2 and 5 are probed first, then at the interval set in the run file.
        </p>
      )}
    </figure>
  );
}

/** From 0 to the last step of any chosen run: the same axis as the curves. */
function wholeRange(runs: readonly ChosenRun[], x: XUnit): Range {
  const ends = runs.map((run) => run.data.steps[x].last).filter(Number.isFinite);
  return { from: 0, to: ends.length === 0 ? 1 : Math.max(...ends) };
}

/** One row per layer, one column per probe, spread evenly. */
function layerTable({ data }: ChosenRun, quantity: LayerQuantity): ChartTable {
  const { layers, step } = data.probes;
  const at = quantity.of(data);
  const probes = spread([...step.view().keys()], TABLE_STEPS);
  return {
    head: ['layer', ...probes.map((probe) => `step ${step.at(probe)}`)],
    rows: layers.map((name, layer) => [name, ...probes.map((probe) => formatNumber(at(probe, layer)))]),
    ...(probes.length < step.length
      ? { note: `${probes.length} of ${step.length} probes, evenly spread; the CSV has all.` }
      : {}),
  };
}
