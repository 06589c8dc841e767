/**
 * Event files of TensorBoard. Tags: `loss/…`, `top1_error/…` and `top5_error/…` of `batch`, `val` and `train`; `learning_rate`,
 * `step_ms`; `<quantity>/<layer>` of every probe. The run file and the findings are texts. Numbers are in single precision,
 * including NaN and infinities. Wall times count the seconds of the training steps from the start of the run: pauses of a
 * stopped run, and evaluations, are not included.
 */

import { PROBE_QUANTITIES } from '../domain/probe/quantities.ts';
import { type RunData, runDataFrom } from '../figures/run-data.ts';
import { interpolate } from '../figures/series.ts';
import type { FindingEvent } from '../protocol/events.ts';
import { placeText } from '../protocol/finding-place.ts';
import { probesOf } from '../protocol/probe-table.ts';
import type { RunSnapshot } from '../protocol/requests.ts';
import { fromScalar, unpack } from '../protocol/scalar.ts';
import { type Moment, scalarEvent, textEvent, versionEvent } from './event-file.ts';
import type { Exporter } from './exporter.ts';
import { safeName } from './safe-name.ts';

/** Events of one kind, each with its step: merged and sorted before they are written. */
type Dated = readonly [step: number, pieces: Uint8Array[]];

/** Seconds since 1970 at which a step ended. */
type WallTime = (step: number) => number;

const scalars = (moment: Moment, values: readonly (readonly [tag: string, value: number])[]): Dated => [
  moment.step,
  scalarEvent(moment, new Map(values)),
];

function stepEvents({ steps }: RunSnapshot, data: RunData, wallTime: WallTime): Dated[] {
  const rate = unpack(steps.learning_rate);
  const ms = unpack(steps.step_ms);
  const { step, loss, top1 } = data.steps;
  return Array.from(step.view(), (at, i) =>
    scalars({ step: at, wallTime: wallTime(at) }, [
      ['loss/batch', loss.at(i)],
      ['top1_error/batch', top1.at(i)],
      ['learning_rate', rate[i] ?? Number.NaN],
      ['step_ms', ms[i] ?? Number.NaN],
    ]),
  );
}

function evaluationEvents(data: RunData, wallTime: WallTime): Dated[] {
  const { step, loss, top1, top5, trainLoss, trainTop1 } = data.evaluations;
  return Array.from(step.view(), (at, i) =>
    scalars({ step: at, wallTime: wallTime(at) }, [
      ['loss/val', loss.at(i)],
      ['loss/train', trainLoss.at(i)],
      ['top1_error/val', top1.at(i)],
      ['top1_error/train', trainTop1.at(i)],
      ['top5_error/val', top5.at(i)],
    ]),
  );
}

const probeEvents = ({ probes }: RunSnapshot, wallTime: WallTime): Dated[] =>
  probesOf(probes).map(({ step, layers }) => {
    const numbers = layers.flatMap((layer) =>
      PROBE_QUANTITIES.flatMap((quantity): [string, number][] => {
        const value = layer[quantity];
        return value === undefined ? [] : [[`${quantity}/${layer.name}`, fromScalar(value)]];
      }),
    );
    return scalars({ step, wallTime: wallTime(step) }, numbers);
  });

/** As Markdown that shows it verbatim: TensorBoard's texts are Markdown, indented lines are code. */
const verbatim = (text: string): string => text.replace(/^/gm, '    ');

const describe = (file: string, { rule, severity, message, fix, ...place }: FindingEvent): string =>
  [`**${severity}: ${rule}** in ${placeText(place, file)}`, message, ...(fix ? [`Fix: ${fix.title}`] : [])].join(
    '\n\n',
  );

/** Findings of one step in one text: of two texts with the same tag and step TensorBoard shows only one. */
function findingEvents({ findings, summary }: RunSnapshot, wallTime: WallTime): Dated[] {
  return [...Map.groupBy(findings, ({ step }) => step)].map(([step, found]): Dated => {
    const text = found.map((finding) => describe(summary.file, finding)).join('\n\n---\n\n');
    return [step, textEvent({ step, wallTime: wallTime(step) }, 'findings', text)];
  });
}

/** The file, in pieces. */
export function eventFile(snapshot: RunSnapshot): Uint8Array[] {
  const data = runDataFrom(snapshot);
  const start = startOf(snapshot);
  const [steps, seconds] = [data.steps.step.view(), data.steps.seconds.view()];
  const wallTime: WallTime = (step) =>
    start + (step <= 0 || steps.length === 0 ? 0 : interpolate(steps, seconds, step));
  const events = [
    ...stepEvents(snapshot, data, wallTime),
    ...probeEvents(snapshot, wallTime),
    ...evaluationEvents(data, wallTime),
    ...findingEvents(snapshot, wallTime),
  ].toSorted(([a], [b]) => a - b);
  const runFile = textEvent({ step: 0, wallTime: start }, 'run_file', verbatim(snapshot.text));
  return [versionEvent(start), runFile, ...events.map(([, pieces]) => pieces)].flat();
}

/** Seconds since 1970. */
const startOf = ({ summary }: RunSnapshot): number => Date.parse(summary.started ?? summary.created) / 1000;

/** A separate folder for each run, so that TensorBoard lists several runs of one folder. */
export const tensorboard: Exporter = {
  async plan(snapshot) {
    const { name, run } = snapshot.summary;
    // TensorBoard reads files with `tfevents` in their names. The time is that of the run: a later export gets the same name.
    const file = `events.out.tfevents.${Math.floor(startOf(snapshot))}.rectiscope`;
    return {
      folder: `${safeName(name)}-${run}`,
      files: [{ path: file, make: () => [Buffer.concat(eventFile(snapshot))] }],
      owned: (path) => /^events\.out\.tfevents\.\d+\.rectiscope$/.test(path),
    };
  },
};
