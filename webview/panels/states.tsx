/** Messages above or in place of the charts when something is loading or has failed. */

import { useSignal } from '@preact/signals';
import type { ComponentChildren, VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { formatDuration } from '../../server/domain/numbers/units.ts';
import { nameOf } from '../../server/figures/run-name.ts';
import { Icon, type IconName } from '../icons.tsx';
import { usePanel } from './context.ts';

/** Seconds without an answer after which the user may request it again. */
const PATIENCE = 5;

/** Seconds since an instant, counting up. */
function useElapsed(since: number): number {
  const now = useSignal(performance.now());
  useEffect(() => {
    const timer = setInterval(() => {
      now.value = performance.now();
    }, 1000);
    return () => clearInterval(timer);
  }, [now]);
  return Math.max(0, Math.round((now.value - since) / 1000));
}

function Banner(props: { icon: IconName; kind: 'problem' | 'note'; children: ComponentChildren }): VNode {
  return (
    <div class={`banner ${props.kind}`} role={props.kind === 'problem' ? 'alert' : 'status'}>
      <Icon name={props.icon} />
      <div>{props.children}</div>
    </div>
  );
}

/** A missing server, data on its way, or a failure: above the charts, which stay as they are. */
export function Banners(): VNode {
  const { store } = usePanel();
  const { state, message, since } = store.connection.value;
  const problem = store.problem.value;
  return (
    <>
      {problem !== null && (
        <Banner icon="error" kind="problem">
          {problem}{' '}
          <button
            type="button"
            class="text-button"
            onClick={() => {
              store.problem.value = null;
            }}
          >
            Dismiss
          </button>
        </Banner>
      )}
      {state === 'lost' && (
        <Banner icon="plug" kind="problem">
          The connection to the training server is lost. {message} What you see is as it was <Elapsed since={since} />{' '}
          ago; runs that were running go on without this window.{' '}
          <button type="button" class="text-button" onClick={() => store.post({ type: 'reconnect' })}>
            Reconnect
          </button>
        </Banner>
      )}
      {state === 'starting' && store.runs.value !== undefined && (
        <Banner icon="running" kind="note">
          {message ?? 'The training server is starting.'} (<Elapsed since={since} />)
        </Banner>
      )}
      {[...store.waiting.value].map(([run, from]) => (
        <Awaited key={run} run={run} since={from} />
      ))}
    </>
  );
}

const Elapsed = ({ since }: { since: number }): VNode => <>{formatDuration(useElapsed(since))}</>;

function Awaited({ run, since }: { run: string; since: number }): VNode | null {
  const { store } = usePanel();
  const elapsed = useElapsed(since);
  // Most snapshots arrive within a few frames: for those no message flashes up.
  if (elapsed < 1) return null;
  return (
    <Banner icon="queued" kind="note">
      Waiting for the numbers of {nameOf(run, store.runs.value ?? [])} from the training server,{' '}
      {formatDuration(elapsed)}.{' '}
      {elapsed >= PATIENCE && (
        <button type="button" class="text-button" onClick={() => store.post({ type: 'snapshotPlease', run })}>
          Retry
        </button>
      )}
    </Banner>
  );
}

/** The full page while there is no list of runs. */
export function BeforeRuns(): VNode {
  const { store, isBrowser } = usePanel();
  const { state, message, since } = store.connection.value;
  const elapsed = useElapsed(since);
  const waitsFor = {
    silent: `Waiting for ${isBrowser ? '“rectiscope panel”' : 'the editor'} to answer.`,
    starting: 'The training server is starting.',
    connected: 'Connected. Waiting for the list of runs.',
    lost: isBrowser ? 'There is no connection.' : 'The training server can’t be reached.',
  }[state];
  return (
    <div class="empty" role="status">
      <h2>{waitsFor}</h2>
      <p>
        {message} {elapsed > 1 && <span class="muted">{formatDuration(elapsed)} so far.</span>}
      </p>
      {(elapsed >= PATIENCE || state === 'lost') && (
        <p class="empty-actions">
          <button
            type="button"
            class="primary"
            onClick={() => store.post(state === 'lost' ? { type: 'reconnect' } : { type: 'ready' })}
          >
            {state === 'lost' ? 'Reconnect' : 'Retry'}
          </button>
        </p>
      )}
      {elapsed >= PATIENCE && (
        <p class="muted">If this persists, run “rectiscope doctor” in a terminal to check the server and its store.</p>
      )}
    </div>
  );
}

/** The full page while the store has no runs. */
export function NoRuns(): VNode {
  const { store } = usePanel();
  return (
    <div class="empty">
      <h2>No runs yet</h2>
      <p>Train a run file to see its errors, its loss and the gradient of every layer here, live.</p>
      <p class="empty-actions">
        <button type="button" class="primary" onClick={() => store.post({ type: 'train' })}>
          Train a run file
        </button>
        <button type="button" onClick={() => store.post({ type: 'newRunFile' })}>
          New run file
        </button>
      </p>
    </div>
  );
}

/** In place of the charts while no run is chosen. */
export const NothingChosen = (): VNode => (
  <div class="empty">
    <h2>No run is shown</h2>
    <p>Select one or several in the list of runs to draw them together.</p>
  </div>
);
