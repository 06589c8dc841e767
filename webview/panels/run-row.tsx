/** One run of the list: its colour, state, progress, speed and errors. */
import type { VNode } from 'preact';
import { memo } from 'preact/compat';
import { useEffect, useRef } from 'preact/hooks';
import { formatCount, formatEpoch, formatLoss, formatPercent, short } from '../../server/domain/numbers/format.ts';
import { formatDuration } from '../../server/domain/numbers/units.ts';
import type { RunLook } from '../../server/figures/colors.ts';
import type { RunState } from '../../server/protocol/events.ts';
import type { RunSummary } from '../../server/protocol/requests.ts';
import { RunName } from '../charts/run-name.tsx';
import { Swatch } from '../charts/swatch.tsx';
import { Icon } from '../icons.tsx';
import { progressOf } from '../progress.ts';
import { usePanel } from './context.ts';

export interface RunRowProps {
  summary: RunSummary;
  name: string;
  look: RunLook;
  chosen: boolean;
}

/** Renders again only when the run's summary, look or choice changed. */
export const RunRow = memo(function RunRow({ summary, name, look, chosen }: RunRowProps): VNode {
  const { store } = usePanel();
  const { run, state } = summary;
  const row = useRef<HTMLLIElement>(null);
  const isStopping = useRef(false);
  const choose = (on: boolean): void => {
    const others = store.chosen.value.filter((other) => other !== run);
    store.choose(on ? [...others, run] : others);
  };
  const isLive = state === 'running' || state === 'queued';
  const { share, rate } = progressOf(summary, store.data(run));
  const left = store.timeLeft(summary);
  useEffect(() => {
    // The pressed button is gone: keep keyboard focus in the row.
    if (isLive || !isStopping.current) return;
    isStopping.current = false;
    if (document.activeElement === document.body) row.current?.querySelector('input')?.focus();
  }, [isLive]);
  const stop = (): void => {
    isStopping.current = true;
    store.post({ type: 'stop', run });
  };
  return (
    <li ref={row} class={chosen ? 'run chosen' : 'run'}>
      <label class="run-name" title={summary.file}>
        <input type="checkbox" checked={chosen} onChange={(event) => choose(event.currentTarget.checked)} />
        <Swatch look={look} />
        <RunName name={name} />
      </label>
      <StateChip state={state} />
      <p class="run-facts">
        <span>
          <small>step</small> {formatCount(summary.step)}
          {summary.steps > 0 && state !== 'finished' && <small> / {formatCount(summary.steps)}</small>}
        </span>
        <span>
          <small>epoch</small> {formatEpoch(summary.epoch)}
        </span>
        <span>{pace(summary, { rate, left })}</span>
      </p>
      <p class="run-facts">
        <Errors summary={summary} />
      </p>
      <span class="run-actions">
        <Action name="only" label={`Show only ${name}`} act={() => store.choose([run])} />
        {isLive && <Action name="stop" label={`Stop ${name} after a checkpoint`} act={stop} />}
        {!isLive && state !== 'finished' && (
          <Action
            name="resume"
            label={`Resume ${name} from its checkpoint`}
            act={() => store.post({ type: 'resume', run })}
          />
        )}
        {!isLive && <Action name="remove" label={`Remove ${name}`} act={() => store.post({ type: 'remove', run })} />}
      </span>
      {share !== undefined && isLive && (
        <progress class="run-progress" max={1} value={share} aria-label={`Progress of ${name}`} />
      )}
    </li>
  );
});

/** Errors of the last evaluation, and the best. */
function Errors({ summary }: { summary: RunSummary }): VNode {
  const { top1, top5, best, loss } = summary;
  if (top1 === undefined) {
    return <span class="muted">no evaluation yet{loss === undefined ? '' : `, loss ${formatLoss(Number(loss))}`}</span>;
  }
  return (
    <>
      <span title="Top-1 error of the last evaluation">
        <small>top-1</small> {formatPercent(top1)}
      </span>
      {best !== undefined && (
        <span title={`Best top-1 error, at step ${formatCount(best.step)}`}>
          <small>best</small> {formatPercent(best.top1)}
        </span>
      )}
      {top5 !== undefined && (
        <span title="Top-5 error of the last evaluation">
          <small>top-5</small> {formatPercent(top5)}
        </span>
      )}
    </>
  );
}

/** Speed and time left of a running run, the duration of one that has ended. */
function pace(summary: RunSummary, { rate, left }: { rate: number | undefined; left: number | undefined }): string {
  if (summary.state === 'queued') return 'waiting';
  if (summary.state !== 'running') return summary.seconds > 0 ? formatDuration(summary.seconds) : '';
  const speed = rate === undefined ? '' : `${short(rate)}/s`;
  return left === undefined ? speed : `${speed}, ${formatDuration(left)} left`;
}

/** The state as a word with its icon: never by colour alone. */
export function StateChip({ state }: { state: RunState }): VNode {
  return (
    <span class={`state state-${state}`} title={state}>
      <Icon name={state} />
      {state}
    </span>
  );
}

function Action(props: { name: 'only' | 'stop' | 'resume' | 'remove'; label: string; act: () => void }): VNode {
  return (
    <button type="button" class="icon-button" aria-label={props.label} title={props.label} onClick={props.act}>
      <Icon name={props.name} />
    </button>
  );
}
