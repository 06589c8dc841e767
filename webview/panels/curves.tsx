/** Top-1 error, top-5 error and loss of the chosen runs. */
import { useComputed } from '@preact/signals';
import type { VNode } from 'preact';
import { formatEpoch } from '../../server/domain/numbers/format.ts';
import { CURVE_TITLES, type CurveChart, curveChart } from '../../server/figures/curves.ts';
import { ChartFigure } from '../charts/chart-figure.tsx';
import { type ChosenRun, chosenRuns } from '../charts/chosen-run.ts';
import { usePanel } from './context.ts';

export function Curves(): VNode {
  return (
    <section class="curves" aria-label="Errors and loss">
      <CurveFigure chart="top1" />
      <CurveFigure chart="top5" />
      <CurveFigure chart="loss" />
    </section>
  );
}

function CurveFigure({ chart }: { chart: CurveChart }): VNode {
  const { store, theme } = usePanel();
  const model = useComputed(() => {
    store.version.value;
    return curveChart(chart, chosenRuns(store, theme.value.page), store.view.value);
  });
  const zoom = useComputed(() => store.view.value.zoom);
  const waiting = useComputed(() => {
    const hasPoints = model.value.curves.some((curve) => curve.x.length > 0);
    return hasPoints || store.chosen.value.length === 0 ? null : awaited(chart, chosenRuns(store, 'dark'));
  });
  return (
    <ChartFigure
      id={chart}
      title={CURVE_TITLES[chart]}
      model={model}
      lightModel={() => curveChart(chart, chosenRuns(store, 'light'), store.view.value)}
      zoom={zoom}
      onZoom={(range) => store.set({ zoom: range })}
      cursor={store.cursor}
      waiting={waiting}
    />
  );
}

/** Why there is no point yet, and when the first one arrives. */
function awaited(chart: CurveChart, runs: readonly ChosenRun[]): string {
  if (runs.length === 0) return 'Waiting for the numbers of the chosen runs.';
  if (runs.every((run) => run.summary?.state === 'queued'))
    return 'Queued: it starts when the runs before it have ended.';
  const live = runs.find((run) => run.summary?.state === 'running');
  if (live === undefined)
    return chart === 'loss' ? 'It ended before its first step.' : 'It ended before its first evaluation.';
  if (live.data.steps.step.length === 0) return 'Loading the data and the network; the first step comes next.';
  const epoch = live.data.steps.epoch.last;
  return `No evaluation yet; ${live.name} is at epoch ${formatEpoch(epoch)}.`;
}
