import { Command } from 'commander';
import {
  formatCount,
  formatEpoch,
  formatFixed,
  formatLoss,
  formatNumber,
  formatPercent,
} from '../domain/numbers/format.ts';
import { formatDuration } from '../domain/numbers/units.ts';
import { classRows, lastByClass } from '../figures/class-errors.ts';
import { printableLine } from '../protocol/printable.ts';
import { probedGradientPerWeight, probesOf } from '../protocol/probe-table.ts';
import type { RunSnapshot } from '../protocol/requests.ts';
import { isOver } from '../protocol/run-state.ts';
import { fromScalar, type Scalar } from '../protocol/scalar.ts';
import { replay } from '../tasks/snapshot-events.ts';
import { auditJson, auditOf, auditTable } from './audit-table.ts';
import { classTable, worstTable } from './class-table.ts';
import { collect } from './collect.ts';
import { print, printJson, styled, table } from './output.ts';
import { printFindings } from './print-findings.ts';
import { proofLine } from './print-proof.ts';
import { withReader } from './read-store.ts';
import { describeRun, marks } from './train.ts';

const HEADS = ['run', 'name', 'state', 'step', 'epoch', 'top-1', 'best', 'top-5', 'findings', 'time', 'tags'];

interface RunsOptions {
  readonly json?: boolean;
  readonly tag?: string[];
  readonly starred?: boolean;
}

/** `rectiscope runs` */
export function runsCommand(): Command {
  return new Command('runs')
    .description('The runs of this folder.')
    .option('--tag <tag>', 'only runs with this tag; repeatable, to require all', collect)
    .option('--starred', 'only starred runs')
    .option('--json', 'one JSON line per run')
    .action(async ({ json = false, tag = [], starred = false }: RunsOptions) => {
      const all = await withReader((reader) => reader.runs());
      const runs = all.filter((run) => tag.every((one) => run.tags.includes(one)) && (!starred || run.starred));
      if (json) for (const run of runs) printJson(run);
      else if (runs.length === 0 && all.length > 0) print('No run fits.');
      else if (runs.length === 0) print('No run yet: `rectiscope train FILE` starts one.');
      else {
        print(table([HEADS, ...runs.map(describeRun)]));
        // Of a run that has ended the state says enough; of one that has not, this is what it waits for.
        for (const { run, name, message, state } of runs)
          if (message !== undefined && !isOver(state)) print(`\n${printableLine(name)} (${run}): ${message}`);
      }
    });
}

/** Errors by class, confusion and worst images of the last evaluation that tells them; slopes by layer over time. */
function analysis(snapshot: RunSnapshot) {
  const names = snapshot.started?.classes ?? [];
  const last = lastByClass(snapshot.evaluations);
  const rows = last && classRows(last, names);
  const probes = probesOf(snapshot.probes);
  const slopes = (probes[0]?.layers ?? []).flatMap(({ name, slope_mean }, i) => {
    if (slope_mean === undefined) return [];
    const values = probes.map(({ layers }) => layers[i]?.slope_mean ?? 'NaN');
    const first = values[0] ?? 'NaN';
    return [{ layer: name, first, last: values.at(-1) ?? first, steps: probes.map(({ step }) => step), values }];
  });
  return {
    ...(last && rows && { class_errors: { step: last.step, views: last.views, classes: rows } }),
    ...(last?.confusion && { confusion: last.confusion }),
    ...(last?.worst && { worst: last.worst }),
    ...(slopes.length > 0 && { slopes }),
  };
}

/** One run as one JSON object. */
function snapshotJson(snapshot: RunSnapshot) {
  const { summary, started, text, evaluations, findings, notices, proofs, checkpoint } = snapshot;
  const audit = auditOf(snapshot);
  const steps = replay(snapshot).flatMap((event) => {
    if (event.event !== 'step') return [];
    const { event: _, run: __, ...rest } = event;
    return [rest];
  });
  return {
    ...summary,
    ...(started && { started_as: started }),
    text,
    steps,
    probes: probesOf(snapshot.probes),
    ...(audit && { audit: auditJson(audit) }),
    evaluations,
    findings,
    notices,
    proofs,
    ...(checkpoint && { checkpoint }),
    ...analysis(snapshot),
  };
}

const slope = (value: Scalar): string => formatFixed(fromScalar(value), 3);

function showAnalysis(snapshot: RunSnapshot): void {
  const names = snapshot.started?.classes ?? [];
  const { class_errors, worst, slopes } = analysis(snapshot);
  if (class_errors)
    print(`\nErrors by class at step ${formatCount(class_errors.step)}\n${classTable(class_errors.classes)}`);
  if (worst && worst.length > 0) print(`\nWorst images of the worst classes\n${worstTable(worst, names)}`);
  if (slopes)
    print(
      `\n${table([
        [
          'mean slope of',
          `step ${formatCount(slopes[0]?.steps[0] ?? Number.NaN)}`,
          `step ${formatCount(slopes[0]?.steps.at(-1) ?? Number.NaN)}`,
        ],
        ...slopes.map(({ layer, first, last }) => [layer, slope(first), slope(last)]),
      ])}`,
    );
}

function showText(snapshot: RunSnapshot, verbose: boolean): void {
  const { summary, started, evaluations, findings, notices, proofs, checkpoint } = snapshot;
  print(
    `${styled('bold', printableLine(summary.name))} (${summary.run}): ${summary.state}${summary.message ? `. ${summary.message}` : ''}`,
  );
  print(printableLine(summary.file));
  if (summary.starred || summary.tags.length > 0) print(marks(summary));
  if (summary.note) print(summary.note);
  if (started)
    print(
      `${started.weighted_layers} weighted layers, ${formatCount(started.parameters)} parameters, ${started.backend} on ${started.device}, ${started.parts} parts of a batch`,
    );
  print(
    `step ${formatCount(summary.step)}/${formatCount(summary.steps)}, epoch ${formatEpoch(summary.epoch)}, ${formatDuration(summary.seconds)}`,
  );
  if (summary.best)
    print(`best top-1 error ${formatPercent(summary.best.top1)} at step ${formatCount(summary.best.step)}`);
  if (evaluations.length > 0)
    print(
      `\n${table([
        ['step', 'epoch', 'loss', 'top-1', 'top-5', 'train loss'],
        ...evaluations.map((evaluation) => [
          formatCount(evaluation.step),
          formatEpoch(evaluation.epoch),
          formatLoss(Number(evaluation.loss)),
          formatPercent(evaluation.top1),
          formatPercent(evaluation.top5),
          formatLoss(Number(evaluation.train_loss)),
        ]),
      ])}`,
    );
  const last = probesOf(snapshot.probes).at(-1);
  if (last)
    print(
      `\n${table([
        [`layer at step ${formatCount(last.step)}`, 'gradient', 'per weight', 'update ratio', 'activation std', 'dead'],
        ...last.layers.map((layer) => [
          layer.name,
          formatNumber(Number(layer.gradient_norm)),
          formatNumber(probedGradientPerWeight(layer)),
          formatNumber(Number(layer.update_ratio)),
          formatNumber(Number(layer.activation_std)),
          formatPercent(100 * Number(layer.dead_fraction)),
        ]),
      ])}`,
    );
  const audit = auditOf(snapshot);
  if (audit) print(`\n${auditTable(audit)}`);
  showAnalysis(snapshot);
  if (findings.length > 0) print();
  printFindings(findings, summary.file, { verbose });
  for (const proof of proofs) print(`\n${proofLine(proof)}`);
  for (const { message } of notices) print(`\n${message}`);
  if (checkpoint)
    print(
      `\ncheckpoint of step ${formatCount(checkpoint.step)}: ${checkpoint.file}\nweights ${checkpoint.weights_hash}`,
    );
}

/** `rectiscope show RUN` */
export function showCommand(): Command {
  return new Command('show')
    .description('One run: configuration, series, findings.')
    .argument('<run>', 'id, prefix of an id, or name')
    .option('--json', 'one JSON object')
    .option('--verbose', 'with the details of each finding')
    .action(async (run: string, { json = false, verbose = false }: { json?: boolean; verbose?: boolean }) => {
      const snapshot = await withReader((reader) => reader.show(run));
      if (json) printJson(snapshotJson(snapshot));
      else showText(snapshot, verbose);
    });
}
