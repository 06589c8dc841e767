/** All layers at once: heat maps over the training, the profile over the depth, and one layer's series. */
import type { VNode } from 'preact';
import { gridOf } from '../../server/figures/derived.ts';
import { isMeasured } from '../../server/figures/layer-charts.ts';
import { gridRange } from '../../server/figures/layer-grid.ts';
import { LAYER_QUANTITIES, type LayerQuantityId, layerQuantity } from '../../server/figures/quantities.ts';
import { chosenRuns } from '../charts/chosen-run.ts';
import { ColorLegend } from '../charts/color-legend.tsx';
import { usePanel } from './context.ts';
import { LayerPictures } from './layer-pictures.tsx';
import { LayerSeries } from './layer-series.tsx';
import { PredictionAudit } from './prediction-audit.tsx';
import { Profile } from './profile.tsx';

export function Layers(): VNode {
  const { store, theme } = usePanel();
  store.version.value;
  const runs = chosenRuns(store, theme.value.page);
  const quantity = layerQuantity(store.view.value.quantity);
  const grids = runs.map((run) => gridOf(run.data, quantity));
  const scale = gridRange(grids, quantity);
  return (
    <section class="layers" aria-labelledby="title-layers">
      <div class="section-head">
        <h2 id="title-layers">Layers</h2>
        <label>
          <span class="sr-only">Quantity of every layer</span>
          <select
            value={quantity.id}
            onChange={(event) => store.set({ quantity: event.currentTarget.value as LayerQuantityId })}
          >
            {LAYER_QUANTITIES.map((choice) => (
              <option
                key={choice.id}
                value={choice.id}
                disabled={choice.id !== quantity.id && runs.length > 0 && !isMeasured(runs, choice)}
              >
                {choice.title}
              </option>
            ))}
          </select>
        </label>
        <ColorLegend quantity={quantity} scale={scale} />
      </div>
      <div class="layers-grid">
        <LayerPictures runs={runs} quantity={quantity} scale={scale} />
        <div class="layer-charts">
          <Profile quantity={quantity} runs={runs} />
          <LayerSeries runs={runs} />
          <PredictionAudit runs={runs} />
        </div>
      </div>
    </section>
  );
}
