/** One finding: what is wrong, where, with numbers, its consequences and its fix. */
import type { ComponentChildren, VNode } from 'preact';
import { formatCount, formatNumber } from '../../server/domain/numbers/format.ts';
import { formatDuration } from '../../server/domain/numbers/units.ts';
import { findingNumbers } from '../../server/figures/finding-numbers.ts';
import type { FindingEvent } from '../../server/protocol/events.ts';
import { isInRunFile, placeInFile } from '../../server/protocol/finding-place.ts';
import type { Scalar } from '../../server/protocol/scalar.ts';
import type { ChosenRun } from '../charts/chosen-run.ts';
import { Icon } from '../icons.tsx';
import { usePanel } from './context.ts';
import { Proof, ProveButton } from './proof.tsx';
import { Sparkline } from './sparkline.tsx';

/** The finding of the same run that explains this one. */
export const causeOf = (finding: FindingEvent, all: readonly FindingEvent[]): FindingEvent | undefined =>
  finding.cause === undefined ? undefined : all.find((other) => other.rule === finding.cause && other !== finding);

/** Beside the charts there is room for everything; above them a finding is collapsed to a line. */
const isOpenAtFirst = (): boolean => matchMedia('(min-width: 961px)').matches;

export function Finding({ run, finding }: { run: ChosenRun; finding: FindingEvent }): VNode {
  const { store, isBrowser } = usePanel();
  const { rule, severity, message, fix } = finding;
  // A fix in words alone is for the user to make.
  const isApplicable = fix !== undefined && fix.edits.length > 0;
  const state = store.fixes.value[run.run]?.[rule] ?? 'fits';
  const followed = run.data.findings.filter((other) => causeOf(other, run.data.findings) === finding);
  return (
    <article class={`finding ${severity}`} aria-label={`${severity}: ${rule} in ${run.name}`}>
      <details open={isOpenAtFirst()}>
        <summary>
          <span class="finding-head">
            <Icon name={severity} />
            <strong>{rule}</strong>
            <span class="muted">
              {severity}, {where(finding)}
            </span>
          </span>
          <p class="finding-line">{withCode(message)}</p>
        </summary>
        {finding.detail !== undefined && (
          <details>
            <summary>More</summary>
            <p>{withCode(finding.detail)}</p>
          </details>
        )}
        {fix !== undefined && <p class="muted">Fix: {withCode(fix.title)}</p>}
        <dl class="evidence">
          {evidenceOf(finding).map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
        {followed.length > 0 && (
          <div class="followed">
            <p class="muted">Consequences:</p>
            <ul>
              {followed.map((other) => (
                <li key={`${other.rule} ${other.step}`}>
                  <Icon name={other.severity} /> <strong>{other.rule}</strong>{' '}
                  <span class="muted">
                    {other.severity}, {where(other)}
                  </span>
                  <br />
                  {withCode(other.message)}
                </li>
              ))}
            </ul>
          </div>
        )}
      </details>
      <p class="finding-actions">
        {isInRunFile(finding) ? (
          <button type="button" onClick={() => store.post({ type: 'reveal', run: run.run, line: finding.line })}>
            <Icon name="goto" /> {isBrowser ? 'Show' : 'Go to'} line {finding.line}
          </button>
        ) : (
          <span class="muted">{placeInFile(finding)}</span>
        )}
        {isApplicable && state === 'fits' && (
          <button
            type="button"
            class="primary"
            title={fix.title}
            onClick={() => store.post({ type: 'applyFix', run: run.run, rule })}
          >
            <Icon name="fix" /> {isBrowser ? 'Show fix' : 'Apply fix'}
          </button>
        )}
        {isApplicable && state === 'applied' && (
          <span class="fix-state">
            <Icon name="finished" /> Fix applied
          </span>
        )}
        {isApplicable && state === 'changed' && (
          <span class="fix-state muted">The file has changed since this run; train it again to get a fix.</span>
        )}
        {isApplicable && <ProveButton run={run} finding={finding} />}
      </p>
      {isApplicable && <Proof run={run} finding={finding} />}
    </article>
  );
}

const where = ({ layer, step, recovered }: FindingEvent): string =>
  `${layer === undefined ? '' : `${layer}, `}${step === 0 ? 'before training' : `step ${formatCount(step)}`}${recovered === undefined ? '' : `, recovered at step ${formatCount(recovered)}`}`;

/** Text between backticks is code. */
const withCode = (message: string): ComponentChildren =>
  message.split('`').map((part, i) => (i % 2 === 1 ? <code key={`${i} ${part}`}>{part}</code> : part));

/** A finding's numbers as name and value: the judged quantity and its limit first, then the rule's evidence. */
function evidenceOf(finding: FindingEvent): [string, ComponentChildren][] {
  const { judged, evidence } = findingNumbers(finding);
  return [
    ...judged.map(([name, value]): [string, ComponentChildren] => [name, value]),
    ...evidence.map(([name, value]): [string, ComponentChildren] => [name, evidenceValue(name, value)]),
    ['source', finding.source],
  ];
}

/** Longest list of numbers that is printed; longer ones are drawn. */
const MOST_NUMBERS = 6;

function evidenceValue(name: string, value: Scalar | Scalar[] | string): ComponentChildren {
  if (Array.isArray(value)) {
    const numbers = value.map(Number);
    return numbers.length > MOST_NUMBERS ? <Sparkline values={numbers} /> : numbers.map(formatNumber).join(', ');
  }
  if (typeof value === 'string' && Number.isNaN(Number(value)) && value !== 'NaN') return value;
  return name.endsWith('seconds') ? formatDuration(Number(value)) : formatNumber(Number(value));
}
