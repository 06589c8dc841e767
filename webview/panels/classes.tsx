/** Which classes go wrong, and what they are taken for: from the last evaluation of each chosen run. */
import type { VNode } from 'preact';
import { type ClassError, classErrors } from '../../server/figures/class-errors.ts';
import { formatPercent } from '../../server/figures/format.ts';
import { type ChosenRun, chosenRuns } from '../charts/chosen-run.ts';
import { Swatch } from '../charts/swatch.tsx';
import { usePanel } from './context.ts';

export function Classes(): VNode | null {
  const { store, theme } = usePanel();
  store.version.value;
  const runs = chosenRuns(store, theme.value.page).filter((run) => run.data.confusion !== undefined);
  if (runs.length === 0) return null;
  const names = runs.map((run) => run.data.started?.classes ?? []).reduce((a, b) => (b.length > a.length ? b : a));
  const errors = runs.map((run) => classErrors(run.data.confusion?.counts ?? []));
  return (
    <section class="classes" aria-labelledby="title-classes">
      <div class="section-head">
        <h2 id="title-classes">
          Errors by class <small>top-1, validation, last evaluation</small>
        </h2>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <div class="table-scroll" tabIndex={0}>
        <table class="class-table">
          <thead>
            <tr>
              <th scope="col">class</th>
              {runs.map((run) => (
                <th key={run.run} scope="col">
                  <Swatch look={run.look} /> {run.name} <small>step {run.data.confusion?.step}</small>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {names.map((name, label) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                {runs.map((run, i) => (
                  <td key={run.run}>
                    <ClassCell run={run} entry={errors[i]?.[label]} names={names} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function ClassCell(props: { run: ChosenRun; entry: ClassError | undefined; names: readonly string[] }): VNode | null {
  const { run, entry, names } = props;
  if (entry === undefined) return null;
  return (
    <span class="class-cell">
      <span class="bar" aria-hidden="true">
        <span style={{ width: `${Number.isNaN(entry.error) ? 0 : entry.error}%`, backgroundColor: run.look.color }} />
      </span>
      <span class="number">{formatPercent(entry.error)}</span>
      {entry.takenFor !== undefined && (
        <small>
          taken for {names[entry.takenFor.label] ?? entry.takenFor.label} ×{entry.takenFor.count}
        </small>
      )}
    </span>
  );
}
