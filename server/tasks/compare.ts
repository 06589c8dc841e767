/** Runs side by side: what differs in their files, and in what came of them. */
import { formatFixed, formatNumber, formatPercent } from '../domain/numbers/format.ts';
import { classDifference, classRows, lastByClass } from '../figures/class-errors.ts';
import type { RunSnapshot } from '../protocol/requests.ts';
import { commonCurves } from './compare-curves.ts';
import { differences } from './configurations.ts';
import { type Measures, measures } from './measures.ts';

/** The errors by class of the first run minus those of each other one, if both have them. */
function differencesByClass(snapshots: readonly RunSnapshot[]) {
  const rows = snapshots.map(({ evaluations, started }) => {
    const last = lastByClass(evaluations);
    return last && classRows(last, started?.classes ?? []);
  });
  const [first, ...others] = rows;
  return others.flatMap((other, i) => {
    const { run, name } = snapshots[i + 1]?.summary ?? {};
    return first && other ? [{ run, name, ...classDifference(first, other) }] : [];
  });
}

/** The sentence if a run has not been evaluated: the loss of their last steps. */
function verdictOfLosses(runs: readonly Measures[]): string {
  const trained = runs.flatMap(({ name, run, step, last_loss: loss }) =>
    loss === undefined ? [] : [`${formatNumber(loss)} in ${name} (${run}) at step ${step}`],
  );
  if (trained.length < runs.length) return 'Nothing to compare yet: a run has not started.';
  return `An evaluation is missing, so errors can't be compared; the loss of the last step is ${trained.join(', ')}.`;
}

/** One sentence: which run has the lower error, by how much, and whether that is significant with one seed. */
export function verdict(runs: readonly Measures[]): string {
  const judged = runs.filter(({ top1 }) => top1 !== undefined).toSorted((a, b) => (a.top1 ?? 0) - (b.top1 ?? 0));
  const [best, next] = judged;
  if (!best || !next) return verdictOfLosses(runs);
  const gap = (next.top1 ?? 0) - (best.top1 ?? 0);
  const unique = new Set(runs.map(({ name }) => name)).size === runs.length;
  const called = ({ name, run }: { name: string; run: string }) => (unique ? name : `${name} (${run})`);
  const stalled = judged
    .filter(({ findings }) => findings.length > 0)
    .map((one) => `${called(one)} has ${one.findings.join(', ')}`);
  const [atBest, atNext] = [best.evaluated_step, next.evaluated_step];
  const when = atBest === atNext ? '' : `, after ${atBest} and ${atNext} steps`;
  const reason = stalled.length > 0 ? ` (${stalled.join('; ')})` : '';
  if (gap < 1)
    return `${called(best)} and ${called(next)} are within one point of top-1 error (${formatPercent(best.top1)}, ${formatPercent(next.top1)}${when}): with one seed, that difference is not significant${reason}.`;
  return `${called(best)} is ${formatFixed(gap, 1)} points of top-1 error better than ${called(next)}: ${formatPercent(best.top1)} against ${formatPercent(next.top1)}${when}${reason}.`;
}

/** Runs side by side: everything in `compare --json`. */
export function compareRuns(snapshots: readonly RunSnapshot[]) {
  const runs = snapshots.map(measures);
  const configuration = differences(snapshots.map(({ text }) => text));
  const [curves, classes] = [commonCurves(snapshots), differencesByClass(snapshots)];
  return { runs, configuration, curves, classes, verdict: verdict(runs) };
}
