/** In which classes one of two chosen runs makes fewer errors than the other. */
import type { VNode } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { classDifference, describeCounts, ends, formatPoints } from '../../server/figures/class-errors.ts';
import { Swatch } from '../charts/swatch.tsx';
import { LeftOut, MOST_ROWS } from './left-out.tsx';
import type { TestedRun } from './tested-run.ts';

export function ClassDifferences({ runs }: { runs: readonly TestedRun[] }): VNode | null {
  const [chosen, choose] = useState<{ first?: string; second?: string }>({});
  const find = (run: string | undefined): TestedRun | undefined => runs.find((tested) => tested.run.run === run);
  // The newest minus the one before it shows the effect of the latest change.
  const first = find(chosen.first) ?? runs.at(-1);
  const others = runs.filter((tested) => tested !== first);
  const second = others.find((tested) => tested.run.run === chosen.second) ?? others.at(-1);
  if (first === undefined || second === undefined) return null;
  const pair = { first: first.run.run, second: second.run.run };
  // Choosing the run of the other list swaps the two: a run does not differ from itself.
  const chooseFirst = (run: string): void =>
    choose({ first: run, second: run === pair.second ? pair.first : pair.second });
  const chooseSecond = (run: string): void =>
    choose({ first: run === pair.first ? pair.second : pair.first, second: run });
  return (
    <section class="class-difference" aria-labelledby="title-class-difference">
      <h3 id="title-class-difference">Difference by class</h3>
      <p class="pair">
        <RunSelect label="Run" runs={runs} value={first} onChange={chooseFirst} />
        <span>less</span>
        <RunSelect label="Minus run" runs={runs} value={second} onChange={chooseSecond} />
      </p>
      <DifferenceTable first={first} second={second} />
    </section>
  );
}

interface RunSelectProps {
  readonly label: string;
  readonly runs: readonly TestedRun[];
  readonly value: TestedRun;
  readonly onChange: (run: string) => void;
}

function RunSelect({ label, runs, value, onChange }: RunSelectProps): VNode {
  return (
    <span class="run-select">
      <Swatch look={value.run.look} />
      <select aria-label={label} value={value.run.run} onChange={(event) => onChange(event.currentTarget.value)}>
        {runs.map(({ run }) => (
          <option key={run.run} value={run.run}>
            {run.name}
          </option>
        ))}
      </select>
    </span>
  );
}

function DifferenceTable({ first, second }: { first: TestedRun; second: TestedRun }): VNode {
  const { top1, top5, classes } = useMemo(() => classDifference(first.rows, second.rows), [first, second]);
  if (classes.length === 0) return <p class="muted">They have no class in common.</p>;
  const largest = Math.max(...classes.map((row) => Math.abs(row.top1)));
  const shown = ends(classes, MOST_ROWS);
  const row = (own: (typeof classes)[number]): VNode => (
    <tr key={own.class}>
      <th scope="row">{own.class}</th>
      <td>
        <span class="class-cell">
          <DifferenceBar value={own.top1 / largest} first={first} second={second} />
          <span class="number">{formatPoints(own.top1)}</span>
        </span>
      </td>
      {top5 && <td>{own.top5 === undefined ? '–' : formatPoints(own.top5)}</td>}
    </tr>
  );
  return (
    <>
      <p class="counts">
        Top-1 error {describeCounts(top1)}.{top5 && ` Top-5 error ${describeCounts(top5)}.`}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <section class="table-scroll" tabIndex={0} aria-label="Difference by class, table">
        <table class="class-table">
          <thead>
            <tr>
              <th scope="col">class</th>
              <th scope="col">top-1, points</th>
              {top5 && <th scope="col">top-5, points</th>}
            </tr>
          </thead>
          <tbody>
            {shown.first.map(row)}
            {shown.left > 0 && <LeftOut count={shown.left} columns={top5 ? 3 : 2} />}
            {shown.last.map(row)}
          </tbody>
        </table>
      </section>
    </>
  );
}

/** Drawn from the middle to the left, in the first run's colour, where that one has fewer errors; else to the right in the second's. */
function DifferenceBar(props: { value: number; first: TestedRun; second: TestedRun }): VNode | null {
  const { value, first, second } = props;
  const width = `${50 * Math.abs(value)}%`;
  return (
    <span class="difference-bar" aria-hidden="true">
      {value < 0 && <span style={{ right: '50%', width, backgroundColor: first.run.look.color }} />}
      {value > 0 && <span style={{ left: '50%', width, backgroundColor: second.run.look.color }} />}
    </span>
  );
}
