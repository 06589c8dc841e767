/**
 * All numbers of one run, in columns: created from a snapshot, extended by events, and nothing else, so that a panel
 * that opens late shows the same as one that was always open.
 */
import type { ProbeQuantity } from '../domain/probe/quantities.ts';
import type {
  EvaluationEvent,
  FindingEvent,
  NoticeEvent,
  ProofEvent,
  RunEvent,
  StartedEvent,
} from '../protocol/events.ts';
import type { ProbeTable } from '../protocol/probe-table.ts';
import type { RunSnapshot } from '../protocol/requests.ts';
import { fromScalar, unpack } from '../protocol/scalar.ts';
import { Cells, Column, interpolate, lowerBound } from './series.ts';

/** What the x axis counts: weight updates, passes over train, or seconds spent in training steps. */
export type XUnit = 'step' | 'epoch' | 'seconds';

/** The three x columns that every series has, ascending. */
export type Positions = Record<XUnit, Column>;

export interface RunData {
  readonly run: string;
  /** Of the last event applied. */
  sequence: number;
  /** The run file as it was queued. */
  readonly text: string;
  started: StartedEvent | undefined;
  readonly steps: Positions & Record<'loss' | 'top1', Column>;
  readonly evaluations: Positions & Record<'loss' | 'top1' | 'top5' | 'trainLoss' | 'trainTop1', Column>;
  /** Evaluations with results by class, which are not columns. */
  tests: readonly EvaluationEvent[];
  /** `values` is [probe][layer][quantity], flat; see `tableOf`. */
  readonly probes: Positions & { layers: readonly string[]; readonly quantities: readonly string[]; values: Cells };
  findings: readonly FindingEvent[];
  notices: readonly NoticeEvent[];
  /** The latest of each rule. */
  proofs: readonly ProofEvent[];
  checkpointStep: number | undefined;
  /** Raised whenever rows were removed (a run continued from a checkpoint): derived data must be recomputed. */
  rewinds: number;
}

/** Columns of a snapshot; throws if columns of one table differ in length, which only a broken server sends. */
export function runDataFrom(snapshot: RunSnapshot): RunData {
  const step = unpack(snapshot.steps.step);
  const data: RunData = {
    run: snapshot.summary.run,
    sequence: snapshot.sequence,
    text: snapshot.text,
    started: snapshot.started,
    steps: {
      step: new Column(step),
      epoch: new Column(unpack(snapshot.steps.epoch)),
      seconds: new Column(secondsOf(step, unpack(snapshot.steps.step_ms))),
      loss: new Column(unpack(snapshot.steps.loss)),
      top1: new Column(unpack(snapshot.steps.top1)),
    },
    evaluations: {
      ...positions(),
      loss: new Column(),
      top1: new Column(),
      top5: new Column(),
      trainLoss: new Column(),
      trainTop1: new Column(),
    },
    tests: [],
    probes: {
      ...positions(),
      layers: snapshot.probes.layers,
      quantities: snapshot.probes.quantities,
      values: new Cells(Float32Array.from(unpack(snapshot.probes.values))),
    },
    findings: snapshot.findings,
    notices: snapshot.notices,
    proofs: snapshot.proofs,
    checkpointStep: snapshot.checkpoint?.step,
    rewinds: 0,
  };
  for (const column of Object.values(data.steps)) {
    if (column.length !== step.length) throw new Error(`A column of the snapshot of ${data.run} is too short.`);
  }
  for (const at of unpack(snapshot.probes.step)) place(data, data.probes, at);
  const cells = data.probes.step.length * data.probes.layers.length * data.probes.quantities.length;
  if (data.probes.values.length !== cells) throw new Error(`The probes of the snapshot of ${data.run} are incomplete.`);
  for (const evaluation of snapshot.evaluations) addEvaluation(data, evaluation);
  return data;
}

/** Applies one event; `event.run` must be this run. */
export function applyEvent(data: RunData, event: RunEvent): void {
  switch (event.event) {
    case 'started':
      data.started = event;
      forgetFrom(data, event.first_step);
      break;
    case 'step':
      addStep(data, event.step, event.step_ms);
      data.steps.epoch.push(event.epoch);
      data.steps.loss.push(fromScalar(event.loss));
      data.steps.top1.push(event.top1);
      break;
    case 'probe':
      if (data.probes.layers.length === 0) data.probes.layers = event.layers.map((layer) => layer.name);
      place(data, data.probes, event.step);
      for (const layer of event.layers) {
        // A server of another version may measure other quantities: they are found by their names.
        for (const quantity of data.probes.quantities)
          data.probes.values.push(fromScalar(layer[quantity as ProbeQuantity] ?? 'NaN'));
      }
      break;
    case 'evaluation':
      addEvaluation(data, event);
      break;
    case 'finding':
      data.findings = [...data.findings, event];
      break;
    case 'recovered':
      data.findings = data.findings.map((finding) =>
        finding.rule === event.rule && finding.step === event.found ? { ...finding, recovered: event.step } : finding,
      );
      break;
    case 'notice':
      data.notices = [...data.notices, event];
      break;
    case 'proof':
      data.proofs = [...data.proofs.filter(({ fixes }) => fixes[0]?.rule !== event.fixes[0]?.rule), event];
      break;
    case 'checkpoint':
      data.checkpointStep = event.step;
      break;
    case 'queued':
    case 'end':
      break; // Both are in the accompanying summary.
  }
}

/** The probes so far, in which a quantity is found by its name. */
export const tableOf = ({ probes: { layers, quantities, values } }: RunData): ProbeTable => ({
  layers,
  quantities,
  values: values.view(),
});

const positions = (): Positions => ({ step: new Column(), epoch: new Column(), seconds: new Column() });

/** Seconds spent in training steps up to and including each: a step that was not stored took as long as the next one. */
function secondsOf(step: Float64Array, stepMs: Float64Array): Float64Array {
  const seconds = new Float64Array(step.length);
  let total = 0;
  for (let i = 0; i < step.length; i++) {
    const passed = (step[i] as number) - (i === 0 ? 0 : (step[i - 1] as number));
    total += ((stepMs[i] as number) * passed) / 1000;
    seconds[i] = total;
  }
  return seconds;
}

function addStep(data: RunData, step: number, stepMs: number): void {
  const before = data.steps.step.length === 0 ? 0 : data.steps.step.last;
  const seconds = data.steps.seconds.length === 0 ? 0 : data.steps.seconds.last;
  data.steps.seconds.push(seconds + (stepMs * (step - before)) / 1000);
  data.steps.step.push(step);
}

/** Epoch and time of a probe or evaluation are those of its step. */
function place(data: RunData, at: Positions, step: number): void {
  at.step.push(step);
  at.epoch.push(convert(data, step, { from: 'step', to: 'epoch' }));
  at.seconds.push(convert(data, step, { from: 'step', to: 'seconds' }));
}

function addEvaluation(data: RunData, event: EvaluationEvent): void {
  const at = data.evaluations;
  at.step.push(event.step);
  at.epoch.push(event.epoch);
  at.seconds.push(convert(data, event.step, { from: 'step', to: 'seconds' }));
  at.loss.push(fromScalar(event.loss));
  at.top1.push(event.top1);
  at.top5.push(event.top5);
  at.trainLoss.push(fromScalar(event.train_loss));
  // Evaluations of an older store have none.
  at.trainTop1.push(event.train_top1 ?? Number.NaN);
  if (event.class_errors !== undefined || event.confusion !== undefined) data.tests = [...data.tests, event];
}

/** A run continues from a checkpoint: the server dropped every row from this step on, and so do we. */
function forgetFrom(data: RunData, step: number): void {
  const had = data.steps.step.length + data.probes.step.length + data.evaluations.step.length;
  const keep = lowerBound(data.steps.step.view(), step);
  for (const column of Object.values(data.steps)) column.cut(keep);
  const keepEvaluations = lowerBound(data.evaluations.step.view(), step);
  for (const column of Object.values(data.evaluations)) column.cut(keepEvaluations);
  data.tests = data.tests.filter((test) => test.step < step);
  const { layers, quantities, values, ...at } = data.probes;
  const keepProbes = lowerBound(at.step.view(), step);
  for (const column of Object.values(at)) column.cut(keepProbes);
  values.cut(keepProbes * layers.length * quantities.length);
  data.findings = data.findings.filter((finding) => finding.step < step).map((finding) => stillStanding(finding, step));
  if (had !== data.steps.step.length + data.probes.step.length + data.evaluations.step.length) data.rewinds++;
}

/** A recovery from this step on was dropped with its step. */
function stillStanding(finding: FindingEvent, step: number): FindingEvent {
  const { recovered, ...standing } = finding;
  return recovered !== undefined && recovered >= step ? standing : finding;
}

/** Converts the position `at` of one x axis to another, by this run's own steps; extrapolates past the last step. */
export function convert(data: RunData, at: number, units: { from: XUnit; to: XUnit }): number {
  const from = data.steps[units.from].view();
  const to = data.steps[units.to].view();
  const last = from.length - 1;
  if (last < 0) return units.from === units.to ? at : Number.NaN;
  if (at > (from[last] as number)) return ((to[last] as number) * at) / (from[last] as number);
  return interpolate(from, to, at);
}
