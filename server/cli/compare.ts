import { Command, Option } from 'commander';
import { withServer } from '../client/with-server.ts';
import { number, percent } from '../domain/numbers/format.ts';
import { Show } from '../protocol/requests.ts';
import { compareRuns } from '../tasks/compare.ts';
import { compareGroups } from '../tasks/seed-groups.ts';
import { TaskError } from '../tasks/task-error.ts';
import { differenceText } from './class-table.ts';
import { curvesText } from './curves-table.ts';
import { groupTable } from './group-table.ts';
import { print, printJson, table } from './output.ts';

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
      const snapshots = await withServer((client) => Promise.all(names.map((run) => client.request(Show, { run }))));
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
          ['ms per step', ...runs.map(({ step_ms }) => (Number.isFinite(step_ms) ? step_ms.toFixed(1) : '–'))],
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
