/** Errors by class of the chosen runs, in which classes two of them differ, and the worst images. */
import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import { formatCount, formatPercent } from '../../server/domain/numbers/format.ts';
import { type ClassErrorRow, ends, lastByClass } from '../../server/figures/class-errors.ts';
import { type ChosenRun, chosenRuns } from '../charts/chosen-run.ts';
import { Swatch } from '../charts/swatch.tsx';
import { ClassDifferences } from './class-difference.tsx';
import { usePanel } from './context.ts';
import { LeftOut, MOST_ROWS } from './left-out.tsx';
import { type TestedRun, testedRun } from './tested-run.ts';
import { WorstImages } from './worst-images.tsx';

export function Classes(): VNode | null {
  const { store, theme } = usePanel();
  store.version.value;
  const runs = chosenRuns(store, theme.value.page);
  // The numbers change only with an evaluation: between two of them a long table is not rendered again.
  const key = runs.map(({ run, name, look, data }) => [run, name, look.color, lastByClass(data.tests)?.step].join(' '));
  return useMemo(() => <Tested runs={runs.flatMap(testedRun)} />, [key.join('\n')]);
}

function Tested({ runs }: { runs: readonly TestedRun[] }): VNode | null {
  const [first] = runs;
  if (first === undefined) return null;
  return (
    <section class="classes" aria-labelledby="title-classes">
      <div class="section-head">
        <h2 id="title-classes">
          Errors by class <small>validation, last evaluation; ascending by top-1 error of {first.run.name}</small>
        </h2>
      </div>
      <div class="classes-grid">
        <ErrorTable runs={runs} />
        <ClassDifferences runs={runs} />
      </div>
      <WorstImages runs={runs} />
    </section>
  );
}

function ErrorTable({ runs }: { runs: readonly TestedRun[] }): VNode {
  const order = [...new Set(runs.flatMap(({ rows }) => rows.map((row) => row.class)))];
  const byName = runs.map(({ rows }) => new Map(rows.map((row) => [row.class, row])));
  const { first, left, last } = ends(order, MOST_ROWS);
  const row = (name: string): VNode => (
    <tr key={name}>
      <th scope="row">{name}</th>
      {runs.map(({ run }, i) => (
        <ClassCells key={run.run} run={run} row={byName[i]?.get(name)} />
      ))}
    </tr>
  );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section class="table-scroll" tabIndex={0} aria-label="Errors by class, table">
      <table class="class-table">
        <thead>
          <tr>
            <th scope="col" rowSpan={2}>
              class
            </th>
            {runs.map(({ run, test }) => (
              <th key={run.run} scope="colgroup" colSpan={3} class="class-run">
                <Swatch look={run.look} /> {run.name} <small>step {formatCount(test.step)}</small>
              </th>
            ))}
          </tr>
          <tr>
            {runs.flatMap(({ run }) =>
              ['top-1', 'top-5', 'taken for'].map((title) => (
                <th key={`${run.run} ${title}`} scope="col" class={title === 'taken for' ? 'taken' : ''}>
                  {title}
                </th>
              )),
            )}
          </tr>
        </thead>
        <tbody>
          {first.map(row)}
          {left > 0 && <LeftOut count={left} columns={1 + 3 * runs.length} />}
          {last.map(row)}
        </tbody>
      </table>
    </section>
  );
}

function ClassCells({ run, row }: { run: ChosenRun; row: ClassErrorRow | undefined }): VNode {
  if (row === undefined) return <td colSpan={3} />;
  return (
    <>
      <td>
        <span class="class-cell">
          <span class="bar" aria-hidden="true">
            <span style={{ width: `${row.top1}%`, backgroundColor: run.look.color }} />
          </span>
          <span class="number">{formatPercent(row.top1)}</span>
        </span>
      </td>
      <td>{row.top5 === undefined ? '–' : formatPercent(row.top5)}</td>
      <td class="taken">{row.taken_for !== undefined && `${row.taken_for} ×${row.taken_count}`}</td>
    </>
  );
}
