/** What a run is called where others may bear the same name. */
import type { RunSummary } from '../protocol/requests.ts';

/** The end of a run's id: ids begin with the time, so runs of one day differ at their ends. */
export const shortId = (run: string): string => run.slice(-6);

/** Name of a run of a list, with the end of its id behind it where another of the list has the same name; the id where it is not there. */
export function nameOf(run: string, runs: readonly Pick<RunSummary, 'run' | 'name'>[]): string {
  const name = runs.find((one) => one.run === run)?.name;
  if (name === undefined) return run;
  return runs.filter((one) => one.name === name).length > 1 ? `${name} ${shortId(run)}` : name;
}
