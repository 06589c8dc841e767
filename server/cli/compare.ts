import { Command, Option } from 'commander';
import { formatCount, formatFixed, formatLoss, formatNumber, formatPercent } from '../domain/numbers/format.ts';
import { compareRuns } from '../tasks/compare.ts';
import { compareGroups } from '../tasks/seed-groups.ts';
import { TaskError } from '../tasks/task-error.ts';
import { differenceText } from './class-table.ts';
import { curvesText } from './curves-table.ts';
import { groupTable } from './group-table.ts';
import { print, printJson, table } from './output.ts';
import { withReader } from './read-store.ts';

/** `rectiscope compare RUN RUN…` */
export function compareCommand(): Command {
  return new Command('compare')
    .description('Runs side by side: differences between their files and their results.')
    .argument('<run...>', 'ids, prefixes of ids, or names')
    .addOption(
      new Option('--group <key>', 'runs that differ only in their seed: mean and standard deviation').choices(['seed']),
    )
    .option('--json', 'one JSON object')
    .action(async (names: string[], { group, json = false }: { group?: 'seed'; json?: boolean }) => {
      if (names.length < 2) throw new TaskError('badInput', 'compare takes at least two runs.');
      const snapshots = await withReader(({ show }) => Promise.all(names.map(show)));
      const ids = snapshots.map(({ summary }) => summary.run);
      const twice = snapshots.find(({ summary }, i) => ids.indexOf(summary.run) < i)?.summary;
      if (twice) throw new TaskError('badInput', `${twice.name} (${twice.run}) is named twice: name another run.`);
      if (group === 'seed') {
        const compared = compareGroups(snapshots);
        if (json) return printJson(compared);
        print(groupTable(compared.groups, compared.configuration));
        return print(`\n${compared.verdict}`);
      }
      const compared = compareRuns(snapshots);
      if (json) return printJson(compared);
      const { runs, configuration, curves, classes } = compared;
      const loss = (x: number | undefined) => (x === undefined ? '–' : formatLoss(x));
      print(
        table([
          ['', ...runs.map(({ name, run }) => `${name} (${run})`)],
          ...configuration.map(({ key, values }) => [key, ...values.map((entry) => entry ?? '–')]),
          ['state', ...runs.map(({ state }) => state)],
          ['step', ...runs.map(({ step }) => formatCount(step))],
          ['top-1 error', ...runs.map(({ top1 }) => formatPercent(top1))],
          ['best top-1 error', ...runs.map(({ best_top1 }) => formatPercent(best_top1))],
          ['top-5 error', ...runs.map(({ top5 }) => formatPercent(top5))],
          ['loss, first step', ...runs.map(({ first_loss }) => loss(first_loss))],
          ['loss, last step', ...runs.map(({ last_loss }) => loss(last_loss))],
          [
            'gradient per weight, early',
            ...runs.map(({ gradient_per_weight, gradient_step }) =>
              gradient_step === undefined
                ? '–'
                : `${formatNumber(gradient_per_weight ?? Number.NaN)} (step ${formatCount(gradient_step)})`,
            ),
          ],
          ['ms per step', ...runs.map(({ step_ms }) => (Number.isFinite(step_ms) ? formatFixed(step_ms, 1) : '–'))],
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
      print(`\n${compared.verdict}`);
      return undefined;
    });
}
