/** The findings of each chosen run with their numbers, and links to the line and the fix. */
import type { VNode } from 'preact';
import { formatCount } from '../../server/domain/numbers/format.ts';
import { type ChosenRun, chosenRuns } from '../charts/chosen-run.ts';
import { RunName } from '../charts/run-name.tsx';
import { Swatch } from '../charts/swatch.tsx';
import { usePanel } from './context.ts';
import { causeOf, Finding } from './finding.tsx';
import { StateChip } from './run-row.tsx';

export function Findings(): VNode {
  const { store, theme } = usePanel();
  store.version.value;
  const runs = chosenRuns(store, theme.value.page);
  return (
    <section class="findings" aria-labelledby="title-findings">
      <div class="section-head">
        <h2 id="title-findings">Findings</h2>
      </div>
      <div class="found">
        {runs.map((run) => (
          <RunFindings key={run.run} run={run} />
        ))}
        {runs.length === 0 && <p class="muted">Choose a run to see its findings.</p>}
      </div>
    </section>
  );
}

function RunFindings({ run }: { run: ChosenRun }): VNode {
  const { summary, data } = run;
  const why = summary?.message;
  return (
    <div class="run-findings">
      <h3>
        <Swatch look={run.look} />
        <RunName name={run.name} />
        {summary !== undefined && <StateChip state={summary.state} />}
      </h3>
      {data.findings
        .filter((finding) => causeOf(finding, data.findings) === undefined)
        .map((finding) => (
          <Finding key={`${finding.rule} ${finding.step}`} run={run} finding={finding} />
        ))}
      {why !== undefined && <p class="why">{why}</p>}
      {data.findings.length === 0 && <p class="muted">{nothingFound(run)}</p>}
      {data.notices.length > 0 && (
        <details>
          <summary>
            {data.notices.length} {data.notices.length === 1 ? 'notice' : 'notices'}
          </summary>
          <ul class="notices">
            {data.notices.map((notice) => (
              <li key={`${notice.step} ${notice.message}`}>
                <small>step {formatCount(notice.step)}</small> {notice.message}
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}

function nothingFound({ summary, data }: ChosenRun): string {
  if (summary?.state === 'queued') return 'Queued: the rules run once it trains.';
  const probes = data.probes.step.length;
  if (probes === 0) return 'Nothing measured yet: the first probe comes with step 1.';
  return `Nothing found in ${probes} ${probes === 1 ? 'probe' : 'probes'}${summary?.state === 'running' ? ' so far' : ''}.`;
}
