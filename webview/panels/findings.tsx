/** What was found in each chosen run, in numbers, with the way to the line and to the fix. */
import type { VNode } from 'preact';
import type { FindingEvent } from '../../server/protocol/events.ts';
import type { Scalar } from '../../server/protocol/scalar.ts';
import { type DrawnRun, drawnRuns } from '../charts/drawn-run.ts';
import { RunName } from '../charts/run-name.tsx';
import { Swatch } from '../charts/swatch.tsx';
import { formatDuration, formatNumber } from '../format.ts';
import { Icon } from '../icons.tsx';
import { usePanel } from './context.ts';
import { StateChip } from './run-row.tsx';

export function Findings(): VNode {
  const { store, theme } = usePanel();
  store.version.value;
  const runs = drawnRuns(store, theme.value.page);
  return (
    <section class="findings" aria-labelledby="title-findings">
      <div class="section-head">
        <h2 id="title-findings">Findings</h2>
      </div>
      {runs.map((run) => (
        <RunFindings key={run.run} run={run} />
      ))}
      {runs.length === 0 && <p class="muted">Choose a run to see what was found in it.</p>}
    </section>
  );
}

function RunFindings({ run }: { run: DrawnRun }): VNode {
  const { summary, data } = run;
  const why = summary?.message;
  return (
    <div class="run-findings">
      <h3>
        <Swatch look={run.look} />
        <RunName name={run.name} />
        {summary !== undefined && <StateChip state={summary.state} />}
      </h3>
      {why !== undefined && <p class="why">{why}</p>}
      {data.findings.map((finding) => (
        <Finding key={`${finding.rule} ${finding.step}`} run={run} finding={finding} />
      ))}
      {data.findings.length === 0 && <p class="muted">{nothingFound(run)}</p>}
      {data.notices.length > 0 && (
        <details>
          <summary>
            {data.notices.length} {data.notices.length === 1 ? 'notice' : 'notices'}
          </summary>
          <ul class="notices">
            {data.notices.map((notice) => (
              <li key={`${notice.step} ${notice.message}`}>
                <small>step {notice.step}</small> {notice.message}
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}

function nothingFound({ summary, data }: DrawnRun): string {
  if (summary?.state === 'queued') return 'Queued: it is judged once it trains.';
  const probes = data.probes.step.length;
  if (probes === 0) return 'Nothing measured yet: the first probe comes with step 1.';
  return `Nothing found in ${probes} ${probes === 1 ? 'probe' : 'probes'}${summary?.state === 'running' ? ' so far' : ''}.`;
}

function Finding({ run, finding }: { run: DrawnRun; finding: FindingEvent }): VNode {
  const { store } = usePanel();
  const { rule, severity, step, layer, line, message, fix } = finding;
  const where = `${layer === undefined ? '' : `${layer}, `}${step === 0 ? 'before training' : `step ${step}`}`;
  return (
    <article class={`finding ${severity}`} aria-label={`${severity}: ${rule} in ${run.name}`}>
      <p class="finding-head">
        <Icon name={severity} />
        <strong>{rule}</strong>
        <span class="muted">
          {severity}, {where}
        </span>
      </p>
      <p>{message}</p>
      <p class="finding-actions">
        <button type="button" onClick={() => store.post({ type: 'reveal', run: run.run, line })}>
          <Icon name="goto" /> Go to line {line}
        </button>
        {fix !== undefined && (
          <button
            type="button"
            class="primary"
            title={fix.title}
            onClick={() => store.post({ type: 'applyFix', run: run.run, rule })}
          >
            <Icon name="fix" /> Apply fix: {fix.title}
          </button>
        )}
      </p>
      <dl class="evidence">
        {evidenceOf(finding).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </article>
  );
}

/** Numbers behind a finding as name and text: measured against the limit first, then what the rule gives. */
function evidenceOf({ measured, predicted, threshold, source, evidence }: FindingEvent): [string, string][] {
  const rows: [string, string][] = [];
  if (measured !== undefined) rows.push(['measured', formatNumber(Number(measured))]);
  if (predicted !== undefined) rows.push(['predicted', formatNumber(Number(predicted))]);
  rows.push(['limit', formatNumber(threshold)]);
  for (const [name, value] of Object.entries(evidence))
    rows.push([name.replaceAll('_', ' '), evidenceText(name, value)]);
  rows.push(['source', source]);
  return rows;
}

/** Longest list of numbers written out. */
const MOST_NUMBERS = 6;

function evidenceText(name: string, value: Scalar | Scalar[] | string): string {
  if (Array.isArray(value)) {
    const shown = value.slice(0, MOST_NUMBERS).map((item) => formatNumber(Number(item)));
    return value.length > MOST_NUMBERS ? `${shown.join(', ')}, … (${value.length})` : shown.join(', ');
  }
  if (typeof value === 'string' && Number.isNaN(Number(value)) && value !== 'NaN') return value;
  return name.endsWith('seconds') ? formatDuration(Number(value)) : formatNumber(Number(value));
}
