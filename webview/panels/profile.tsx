/** A quantity of all layers over the depth: first, latest and one chosen step of every run. */
import { untracked, useComputed, useSignal, useSignalEffect } from '@preact/signals';
import type { VNode } from 'preact';
import { formatCount } from '../../server/domain/numbers/format.ts';
import type { ChartModel, Range } from '../../server/figures/chart-model.ts';
import { layerNames, profileChart } from '../../server/figures/layer-charts.ts';
import { type LayerQuantity, layerQuantity } from '../../server/figures/quantities.ts';
import { nearest } from '../../server/figures/series.ts';
import { ChartFigure } from '../charts/chart-figure.tsx';
import { type ChosenRun, chosenRuns } from '../charts/chosen-run.ts';
import { usePanel } from './context.ts';
import { useWaiting } from './waiting.ts';

export function Profile({ runs, quantity }: { runs: readonly ChosenRun[]; quantity: LayerQuantity }): VNode {
  const { store, theme, layerCursor } = usePanel();
  const zoom = useSignal<Range | null>(null);
  const cursor = useSignal<number | null>(null);
  const build = (page: 'dark' | 'light'): ChartModel => {
    store.version.value;
    const { quantity: id, profileStep: step, layer: selected } = store.view.value;
    const foreground = page === 'dark' ? '#d0d0d0' : '#444444';
    return profileChart(chosenRuns(store, page), { quantity: layerQuantity(id), step, selected, foreground });
  };
  const model = useComputed(() => build(theme.value.page));
  const waiting = useWaiting(() => model.value.curves.length === 0);
  const names = layerNames(runs);
  const pick = (x: number): void => {
    const layer = names[Math.round(x) - 1];
    if (layer !== undefined) store.set({ layer });
  };
  // The layer under the profile's cursor is outlined in the heat maps, and vice versa; both settle on one layer.
  useSignalEffect(() => {
    const x = cursor.value;
    const known = untracked(() => layerNames(chosenRuns(store, 'dark')));
    layerCursor.value = x === null ? null : (known[Math.round(x) - 1] ?? null);
  });
  useSignalEffect(() => {
    const name = layerCursor.value;
    const known = untracked(() => layerNames(chosenRuns(store, 'dark')));
    cursor.value = name === null || !known.includes(name) ? null : known.indexOf(name) + 1;
  });
  return (
    <ChartFigure
      id="profile"
      title={`${quantity.title} over depth`}
      heading="Over depth"
      model={model}
      lightModel={() => build('light')}
      zoom={zoom}
      onZoom={(range) => {
        zoom.value = range;
      }}
      cursor={cursor}
      onPick={pick}
      waiting={waiting}
    >
      <StepSlider runs={runs} />
    </ChartFigure>
  );
}

/** Chooses the step of the dashed line; at its right end there is no dashed line. */
function StepSlider({ runs }: { runs: readonly ChosenRun[] }): VNode | null {
  const { store } = usePanel();
  const longest = runs.reduce<ChosenRun | undefined>(
    (a, b) => (a === undefined || b.data.probes.step.length > a.data.probes.step.length ? b : a),
    undefined,
  );
  const steps = longest?.data.probes.step.view() ?? new Float64Array(0);
  if (steps.length < 3) return null;
  const chosen = store.view.value.profileStep;
  const index = chosen === null ? steps.length - 1 : nearest(steps, chosen);
  const text = chosen === null ? 'first, latest' : `and step ${formatCount(steps[index] ?? Number.NaN)}`;
  const choose = (next: number): void =>
    store.set({ profileStep: next >= steps.length - 1 ? null : (steps[next] as number) });
  return (
    <label
      class="step-slider"
      title="Step of the dashed line; dotted: the first probe; solid: the latest; dashed and dotted: predicted"
    >
      <input
        type="range"
        min={0}
        max={steps.length - 1}
        value={index}
        aria-label="Step to compare in the profile"
        aria-valuetext={text}
        onInput={(event) => choose(Number(event.currentTarget.value))}
      />
      <span>{text}</span>
    </label>
  );
}
