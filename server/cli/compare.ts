import { Command, Option } from 'commander';
import { classDifference, classRows, lastByClass } from '../figures/class-errors.ts';
import type { RunSnapshot } from '../protocol/requests.ts';
import { unpack } from '../protocol/scalar.ts';
import { differenceText } from './class-table.ts';
import { commonCurves, curvesText } from './compare-curves.ts';
import { differences } from './configurations.ts';
import { number, percent } from './format.ts';
import { CommandError, Exit, print, printJson, table } from './output.ts';
import { withReader } from './read-store.ts';
import { groupBySeed, groupTable, groupVerdict } from './seed-groups.ts';
import { probesOf } from './snapshot-events.ts';

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** What is set side by side of each run. */
export function measures(snapshot: RunSnapshot) {
  const { summary } = snapshot;
  const probes = probesOf(snapshot);
  const early = probes.find(({ step }) => step >= 5) ?? probes.at(-1);
  return {
    run: summary.run,
    name: summary.name,
    state: summary.state,
    step: summary.step,
    top1: summary.top1,
    /** Step of that evaluation. */
    evaluated_step: snapshot.evaluations.at(-1)?.step,
    best_top1: summary.best?.top1,
    top5: summary.top5,
    first_loss: unpack(snapshot.steps.loss)[0],
    last_loss: unpack(snapshot.steps.loss).at(-1),
    step_ms: median([...unpack(snapshot.steps.step_ms)]),
    gradient_per_weight:
      early &&
      median(early.layers.map(({ gradient_norm, weight_norm }) => Number(gradient_norm) / Number(weight_norm))),
    gradient_step: early?.step,
    // Consequences are explained by these.
    findings: snapshot.findings.filter(({ cause }) => cause === undefined).map(({ rule }) => rule),
  };
}

/** The errors by class of the first run less those of each other one, where both tell them. */
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

/** Where a run has not been evaluated: what can be told of their training. */
function verdictOfLosses(runs: readonly ReturnType<typeof measures>[]): string {
  const trained = runs.flatMap(({ name, run, step, last_loss: loss }) =>
    loss === undefined ? [] : [`${number(loss)} in ${name} (${run}) at step ${step}`],
  );
  if (trained.length < runs.length) return 'Nothing to compare yet: a run has not begun.';
  return `An evaluation is missing, so that errors can't be compared; the loss of the last step is ${trained.join(', ')}.`;
}

/** One sentence: which run has the lower error, by how much, and whether one seed can tell. */
export function verdict(runs: readonly ReturnType<typeof measures>[]): string {
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
    return `${called(best)} and ${called(next)} are within one point of top-1 error (${percent(best.top1)}, ${percent(next.top1)}${when}): one seed can't tell them apart${reason}.`;
  return `${called(best)} is ${gap.toFixed(1)} points of top-1 error better than ${called(next)}: ${percent(best.top1)} against ${percent(next.top1)}${when}${reason}.`;
}

/** Runs side by side, in short. */
export function comparison(snapshots: readonly RunSnapshot[]) {
  const runs = snapshots.map(measures);
  const configuration = differences(snapshots.map(({ text }) => text));
  return { runs, configuration, verdict: verdict(runs) };
}

/** `rectiscope compare RUN RUN…` */
export function compareCommand(): Command {
  return new Command('compare')
    .description('Runs side by side: what differs in their files, and in what came of them.')
    .argument('<run...>', 'ids, prefixes of ids, or names')
    .addOption(
      new Option('--group <key>', 'runs that differ in their seed only: mean and standard deviation').choices(['seed']),
    )
    .option('--json', 'one JSON object')
    .action(async (names: string[], { group, json = false }: { group?: 'seed'; json?: boolean }) => {
      if (names.length < 2) throw new CommandError(Exit.badInput, 'compare takes two runs or more.');
      const snapshots = await withReader(({ show }) => Promise.all(names.map(show)));
      const ids = snapshots.map(({ summary }) => summary.run);
      const twice = snapshots.find(({ summary }, i) => ids.indexOf(summary.run) < i)?.summary;
      if (twice)
        throw new CommandError(Exit.badInput, `${twice.name} (${twice.run}) is named twice: name another run.`);
      if (group === 'seed') {
        const groups = groupBySeed(snapshots.map((snapshot) => ({ text: snapshot.text, ...measures(snapshot) })));
        const configuration = differences(groups.map(({ text }) => text)).filter(({ key }) => key !== 'seed');
        if (json)
          return printJson({
            groups: groups.map(({ text: _, ...rest }) => rest),
            configuration,
            verdict: groupVerdict(groups),
          });
        print(groupTable(groups, configuration));
        return print(`\n${groupVerdict(groups)}`);
      }
      const { runs, configuration, verdict: judged } = comparison(snapshots);
      const [curves, classes] = [commonCurves(snapshots), differencesByClass(snapshots)];
      if (json) return printJson({ runs, configuration, curves, classes, verdict: judged });
      const value = (x: number | undefined) => (x === undefined ? '–' : number(x));
      print(
        table([
          ['', ...runs.map(({ name, run }) => `${name} (${run})`)],
          ...configuration.map(({ key, values }) => [key, ...values.map((entry) => entry ?? '–')]),
          ['state', ...runs.map(({ state }) => state)],
          ['step', ...runs.map(({ step }) => String(step))],
          ['top-1 error', ...runs.map(({ top1 }) => percent(top1))],
          ['best top-1 error', ...runs.map(({ best_top1 }) => percent(best_top1))],
          ['top-5 error', ...runs.map(({ top5 }) => percent(top5))],
          ['loss, first step', ...runs.map(({ first_loss }) => value(first_loss))],
          ['loss, last step', ...runs.map(({ last_loss }) => value(last_loss))],
          [
            'gradient per weight, early',
            ...runs.map(({ gradient_per_weight, gradient_step }) =>
              gradient_step === undefined ? '–' : `${value(gradient_per_weight)} (step ${gradient_step})`,
            ),
          ],
          ['ms a step', ...runs.map(({ step_ms }) => (Number.isFinite(step_ms) ? step_ms.toFixed(1) : '–'))],
          ['findings', ...runs.map(({ findings }) => findings.join(', ') || 'none')],
        ]),
      );
      const curvesInText = curvesText(
        curves,
        runs.map(({ name }) => name),
      );
      if (curvesInText !== '') print(`\n${curvesInText}`);
      for (const difference of classes)
        print(`\n${differenceText(difference, runs[0]?.name ?? '', difference.name ?? '')}`);
      print(`\n${judged}`);
      return undefined;
    });
}
