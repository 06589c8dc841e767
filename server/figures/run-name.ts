/** The displayed name of a run, when others may have the same name. */
import type { RunSummary } from '../protocol/requests.ts';

/** The end of a run's id: ids start with the time, so runs of one day differ at their ends. */
export const shortId = (run: string): string => run.slice(-6);

/** Name of a run in a list, followed by the end of its id if another run has the same name; the id if it is not in the list. */
export function nameOf(run: string, runs: readonly Pick<RunSummary, 'run' | 'name'>[]): string {
  const name = runs.find((one) => one.run === run)?.name;
  if (name === undefined) return run;
  return runs.filter((one) => one.name === name).length > 1 ? `${name} ${shortId(run)}` : name;
}
