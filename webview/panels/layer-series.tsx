/** One layer's quantity over the training. */
import { useComputed } from '@preact/signals';
import type { VNode } from 'preact';
import type { ChartModel } from '../../server/figures/chart-model.ts';
import { layerNames, layerSeriesChart } from '../../server/figures/layer-charts.ts';
import { layerQuantity } from '../../server/figures/quantities.ts';
import { ChartFigure } from '../charts/chart-figure.tsx';
import { type ChosenRun, chosenRuns } from '../charts/chosen-run.ts';
import { usePanel } from './context.ts';
import { useWaiting } from './waiting.ts';

export function LayerSeries({ runs }: { runs: readonly ChosenRun[] }): VNode {
  const { store, theme } = usePanel();
  const names = layerNames(runs);
  const selected = useComputed(() => {
    const known = layerNames(chosenRuns(store, 'dark'));
    const { layer } = store.view.value;
    store.version.value;
    return layer !== null && known.includes(layer) ? layer : (known[0] ?? '');
  });
  const build = (page: 'dark' | 'light'): ChartModel => {
    store.version.value;
    const view = store.view.value;
    return layerSeriesChart(chosenRuns(store, page), {
      quantity: layerQuantity(view.quantity),
      layer: selected.value,
      view,
    });
  };
  const model = useComputed(() => build(theme.value.page));
  const zoom = useComputed(() => store.view.value.zoom);
  const waiting = useWaiting(() => model.value.curves.length === 0);
  const layer = selected.value;
  return (
    <ChartFigure
      id="layer"
      title={layer === '' ? 'One layer' : `${layerQuantity(store.view.value.quantity).title} of ${layer}`}
      heading={layer === '' ? 'One layer' : ''}
      model={model}
      lightModel={() => build('light')}
      zoom={zoom}
      onZoom={(range) => store.set({ zoom: range })}
      cursor={store.cursor}
      waiting={waiting}
    >
      {names.length > 0 && (
        <select aria-label="Layer" value={layer} onChange={(event) => store.set({ layer: event.currentTarget.value })}>
          {names.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      )}
    </ChartFigure>
  );
}
