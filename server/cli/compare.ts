import { Command } from 'commander';
import { isMap, isScalar, isSeq, type Node, parseDocument } from 'yaml';
import { classDifference, classRows, lastByClass } from '../figures/class-errors.ts';
import { type RunSnapshot, Show } from '../protocol/requests.ts';
import { unpack } from '../protocol/scalar.ts';
import { applyOverrides } from '../run-file/overrides.ts';
import { readRunFile } from '../run-file/read.ts';
import { differenceText } from './class-table.ts';
import { withServer } from './client.ts';
import { number, percent } from './format.ts';
import { CommandError, Exit, print, printJson, table } from './output.ts';
import { probesOf } from './replay.ts';

/** Every value of a run file by its key: `train.batch_size` → `32`. */
function flatten(text: string): Map<string, string> {
  const values = new Map<string, string>();
  const visit = (node: Node | null, path: string): void => {
    if (isMap(node))
      for (const { key, value } of node.items)
        visit(value as Node | null, path ? `${path}.${String(key)}` : String(key));
    else if (isSeq(node)) for (const [i, item] of node.items.entries()) visit(item as Node, `${path}[${i}]`);
    else values.set(path, isScalar(node) ? String(node.value) : '');
  };
  visit(parseDocument(text).contents, '');
  return values;
}

/** What a run file means, its defaults filled in. */
const meaning = (text: string): string =>
  JSON.stringify(readRunFile(text, { fileName: 'run', folder: '/', forCheck: true }).config, (key, value: unknown) =>
    key === 'source' && Array.isArray(value) ? undefined : value,
  );

/** Whether a key that one text leaves out means there what another text says: then it is no difference. */
const isDefault = (text: string, key: string, value: string): boolean => {
  const { text: written, mistakes } = applyOverrides(text, [`${key}=${value}`]);
  return mistakes.length === 0 && meaning(written) === meaning(text);
};

/** Keys that do not mean the same in all texts, apart from `name`. */
function differences(texts: readonly string[]): { key: string; values: (string | undefined)[] }[] {
  const flat = texts.map(flatten);
  const keys = new Set(flat.flatMap((values) => [...values.keys()]));
  return [...keys]
    .filter((key) => key !== 'name')
    .map((key) => ({ key, values: flat.map((values) => values.get(key)) }))
    .filter(({ values }) => new Set(values).size > 1)
    .filter(({ key, values }) => {
      const [value, ...others] = new Set(values.filter((one) => one !== undefined));
      if (value === undefined || others.length > 0) return true;
      return !values.every((one, i) => one !== undefined || isDefault(texts[i] ?? '', key, value));
    });
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** What is set side by side of each run. */
export function measures(snapshot: RunSnapshot) {
  const { summary } = snapshot;
  const perWeight = probesOf(snapshot).map(({ step, layers }) => ({
    step,
    value: median(layers.map(({ gradient_norm, weight_norm }) => Number(gradient_norm) / Number(weight_norm))),
  }));
  return {
    run: summary.run,
    name: summary.name,
    state: summary.state,
    step: summary.step,
    top1: summary.top1,
    best_top1: summary.best?.top1,
    top5: summary.top5,
    first_loss: unpack(snapshot.steps.loss)[0],
    last_loss: unpack(snapshot.steps.loss).at(-1),
    step_ms: median([...unpack(snapshot.steps.step_ms)]),
    gradient_per_weight: (perWeight.find(({ step }) => step >= 5) ?? perWeight.at(-1))?.value,
    gradient_step: (perWeight.find(({ step }) => step >= 5) ?? perWeight.at(-1))?.step,
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

/** One sentence: which run has the lower error, by how much, and whether one seed can tell. */
export function verdict(runs: readonly ReturnType<typeof measures>[]): string {
  const judged = runs.filter(({ top1 }) => top1 !== undefined).toSorted((a, b) => (a.top1 ?? 0) - (b.top1 ?? 0));
  const [best, next] = judged;
  if (!best || !next) return 'Nothing to compare yet: an evaluation is missing.';
  const gap = (next.top1 ?? 0) - (best.top1 ?? 0);
  const unique = new Set(runs.map(({ name }) => name)).size === runs.length;
  const called = ({ name, run }: { name: string; run: string }) => (unique ? name : `${name} (${run})`);
  const stalled = judged
    .filter(({ findings }) => findings.length > 0)
    .map((one) => `${called(one)} has ${one.findings.join(', ')}`);
  const reason = stalled.length > 0 ? ` (${stalled.join('; ')})` : '';
  if (gap < 1)
    return `${called(best)} and ${called(next)} are within one point of top-1 error (${percent(best.top1)}, ${percent(next.top1)}): one seed can't tell them apart${reason}.`;
  return `${called(best)} is ${gap.toFixed(1)} points of top-1 error better than ${called(next)}: ${percent(best.top1)} against ${percent(next.top1)}${reason}.`;
}

/** `rectiscope compare RUN RUN…` */
export function compareCommand(): Command {
  return new Command('compare')
    .description('Runs side by side: what differs in their files, and in what came of them.')
    .argument('<run...>', 'ids, prefixes of ids, or names')
    .option('--json', 'one JSON object')
    .action(async (names: string[], { json = false }: { json?: boolean }) => {
      if (names.length < 2) throw new CommandError(Exit.badInput, 'compare takes two runs or more.');
      const snapshots = await withServer((client) => Promise.all(names.map((run) => client.request(Show, { run }))));
      const configuration = differences(snapshots.map(({ text }) => text));
      const runs = snapshots.map(measures);
      const classes = differencesByClass(snapshots);
      if (json) return printJson({ runs, configuration, classes, verdict: verdict(runs) });
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
      for (const difference of classes)
        print(`\n${differenceText(difference, runs[0]?.name ?? '', difference.name ?? '')}`);
      print(`\n${verdict(runs)}`);
      return undefined;
    });
}
