/** All runs of the store: which are drawn, their order, search by name. */
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { runLook } from '../../server/figures/colors.ts';
import { nameOf } from '../../server/figures/run-name.ts';
import type { RunSummary } from '../../server/protocol/requests.ts';
import { newestFirst } from '../run-choice.ts';
import type { RunOrder } from '../view-state.ts';
import { usePanel } from './context.ts';
import { RunRow } from './run-row.tsx';

/** From this length on a list is searched, not read. */
const FILTER_FROM = 6;

const ORDERS: Readonly<Record<RunOrder, string>> = {
  newest: 'newest',
  name: 'name',
  error: 'best error',
  state: 'state',
};

function sorted(runs: readonly RunSummary[], order: RunOrder): RunSummary[] {
  const newest = newestFirst(runs);
  if (order === 'name') return newest.sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
  if (order === 'state') return newest.sort((a, b) => STATE_ORDER.indexOf(a.state) - STATE_ORDER.indexOf(b.state));
  if (order === 'error') return newest.sort((a, b) => (a.best?.top1 ?? 101) - (b.best?.top1 ?? 101));
  return newest;
}

const STATE_ORDER = ['running', 'queued', 'failed', 'diverged', 'stalled', 'interrupted', 'stopped', 'finished'];

export function RunList(): VNode {
  const { store, theme } = usePanel();
  const search = useSignal('');
  const runs = store.runs.value ?? [];
  const chosen = new Set(store.chosen.value);
  const words = search.value.toLowerCase();
  const found = sorted(runs, store.view.value.order).filter(
    (run) => words === '' || `${run.name} ${run.run} ${run.state} ${run.tags.join(' ')}`.toLowerCase().includes(words),
  );
  return (
    <section class="runs" aria-labelledby="title-runs">
      <div class="section-head">
        <h2 id="title-runs">
          Runs{' '}
          <small>
            {chosen.size} of {runs.length} shown
          </small>
        </h2>
        {runs.length > 1 && (
          <label class="order">
            <span class="sr-only">Order of runs</span>
            <select
              value={store.view.value.order}
              onChange={(event) => store.set({ order: event.currentTarget.value as RunOrder })}
            >
              {Object.entries(ORDERS).map(([order, label]) => (
                <option key={order} value={order}>
                  {label}
                </option>
              ))}
            </select>
          </label>
        )}
      </div>
      {runs.length >= FILTER_FROM && (
        <input
          class="search"
          type="search"
          placeholder="Name, tag or state"
          aria-label="Find runs"
          value={search.value}
          onInput={(event) => {
            search.value = event.currentTarget.value;
          }}
        />
      )}
      <ul class="run-list">
        {found.map((summary) => (
          <RunRow
            key={summary.run}
            summary={summary}
            name={nameOf(summary.run, runs)}
            look={runLook(store.slots.value[summary.run] ?? 0, theme.value.page)}
            chosen={chosen.has(summary.run)}
          />
        ))}
      </ul>
      {found.length === 0 && runs.length > 0 && <p class="muted">No run matches “{search.value}”.</p>}
    </section>
  );
}
