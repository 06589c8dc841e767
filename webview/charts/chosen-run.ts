/** A chosen run as charts draw it: its numbers, its name, its colour. */

import { runLook } from '../../server/figures/colors.ts';
import type { DrawnRun } from '../../server/figures/drawn-run.ts';
import { nameOf } from '../../server/figures/run-name.ts';
import type { RunSummary } from '../../server/protocol/requests.ts';
import type { PanelStore } from '../state.ts';

/** A drawn run with its entry in the list of runs. */
export interface ChosenRun extends DrawnRun {
  readonly summary: RunSummary | undefined;
}

/** The chosen runs whose numbers have arrived, in the order in which they were chosen. Reads signals. */
export function chosenRuns(store: PanelStore, page: 'dark' | 'light'): ChosenRun[] {
  const runs = store.runs.value ?? [];
  const drawn: ChosenRun[] = [];
  for (const run of store.chosen.value) {
    const data = store.data(run);
    if (data === undefined) continue;
    const look = runLook(store.slots.value[run] ?? 0, page);
    drawn.push({ run, name: nameOf(run, runs), look, summary: runs.find((summary) => summary.run === run), data });
  }
  return drawn;
}
