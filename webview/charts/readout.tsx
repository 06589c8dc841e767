/** The values at the cursor, or the latest, beside a chart and never over it. */
import type { Signal } from '@preact/signals';
import type { VNode } from 'preact';
import type { ChartModel, Curve } from '../../server/figures/chart-model.ts';
import { nearest } from '../../server/figures/series.ts';
import { usePanel } from '../panels/context.ts';
import { type ChosenRun, chosenRuns } from './chosen-run.ts';
import { RunName } from './run-name.tsx';
import { Swatch } from './swatch.tsx';

/** Value of a curve at an x, or its last one. */
export function valueAt(curve: Curve, x: number | null): number | undefined {
  return curve.y[x === null ? curve.y.length - 1 : nearest(curve.x, x)];
}

const listed = (model: ChartModel, run: string): Curve[] =>
  model.curves.filter((curve) => curve.run === run && curve.behind !== true && curve.y.length > 0);

/** The same in words: `he-30: val 38.2 %, batch 41 %; xavier-30: …`. */
export function speakValues(model: ChartModel, runs: readonly ChosenRun[], x: number | null): string {
  return runs
    .map((run) => {
      const values = listed(model, run.run).map((curve) =>
        `${curve.short} ${model.formatY(valueAt(curve, x) as number)}`.trim(),
      );
      return values.length === 0 ? '' : `${run.name}: ${values.join(', ')}`;
    })
    .filter((part) => part !== '')
    .join('; ');
}

export function Readout({ model, cursor }: { model: () => ChartModel; cursor: Signal<number | null> }): VNode {
  const { store, theme } = usePanel();
  const shown = model();
  const x = cursor.value;
  return (
    <ul class="readout">
      {chosenRuns(store, theme.value.page).map((run) => (
        <li key={run.run}>
          <Swatch look={run.look} />
          <RunName name={run.name} />
          <span class="values">
            {listed(shown, run.run).map((curve) => (
              <span key={curve.id} class="value">
                {curve.short !== '' && <small>{curve.short}</small>} {shown.formatY(valueAt(curve, x) as number)}
              </span>
            ))}
          </span>
        </li>
      ))}
    </ul>
  );
}
