/** A chosen run as charts draw it: its numbers, its name, its colour. */
import type { RunSummary } from '../../server/protocol/requests.ts';
import { type RunLook, runLook } from '../colors.ts';
import type { RunData } from '../run-data.ts';
import type { PanelStore } from '../state.ts';

export interface DrawnRun {
  readonly run: string;
  /** With the id behind it where another run of the list has the same name. */
  readonly name: string;
  readonly look: RunLook;
  readonly summary: RunSummary | undefined;
  readonly data: RunData;
}

/** Name of a run, told apart from others of that name by its id. */
export function nameOf(run: string, runs: readonly RunSummary[]): string {
  const name = runs.find((summary) => summary.run === run)?.name ?? run;
  const same = runs.filter((summary) => summary.name === name).length > 1;
  return same ? `${name} (${run})` : name;
}

/** The chosen runs whose numbers are there, in the order in which they were chosen. Reads signals. */
export function drawnRuns(store: PanelStore, page: 'dark' | 'light'): DrawnRun[] {
  const runs = store.runs.value ?? [];
  const drawn: DrawnRun[] = [];
  for (const run of store.chosen.value) {
    const data = store.data(run);
    if (data === undefined) continue;
    const look = runLook(store.slots.value[run] ?? 0, page);
    drawn.push({ run, name: nameOf(run, runs), look, summary: runs.find((summary) => summary.run === run), data });
  }
  return drawn;
}
