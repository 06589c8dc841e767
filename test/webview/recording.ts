/**
 * Messages as a training server would send them, made from formulas: a fixture for the panel's tests, which need many
 * steps in no time and faults on demand. Nothing here is a result of training.
 */

import { PROBE_QUANTITIES } from '../../server/domain/probe/quantities.ts';
import type { EvaluationEvent, FindingEvent, LayerProbe, RunEvent, RunState } from '../../server/protocol/events.ts';
import type { HostMessage } from '../../server/protocol/panel.ts';
import type { Delta, RunSnapshot, RunSummary } from '../../server/protocol/requests.ts';
import { fromScalar, pack, toScalar } from '../../server/protocol/scalar.ts';

export interface RecordingOptions {
  run: string;
  name: string;
  /** Learns, or stalls with a vanishing gradient. */
  kind: 'learns' | 'stalls';
  layers?: number;
  steps?: number;
  stepsPerEpoch?: number;
  probeEvery?: number;
  /** Loss and gradients are NaN from this step on. */
  brokenFrom?: number;
  created?: string;
}

/** A whole run: its events in order, and the summary after each. */
export interface Recording {
  readonly run: string;
  readonly events: readonly RunEvent[];
  readonly summaries: readonly RunSummary[];
}

/** mulberry32: a small generator with a seed, so that a recording is the same every time. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const CLASSES = 'T-shirt Trouser Pullover Dress Coat Sandal Shirt Sneaker Bag Boot'.split(' ');
/** Layer entry of the stalled run's file that carries the initialisation. */
const INIT_LINE = 14;

export function record(options: RecordingOptions): Recording {
  const { run, name, kind, layers = 30, steps = 2000, stepsPerEpoch = 200, probeEvery = 10 } = options;
  const noise = random(kind === 'learns' ? 1 : 2);
  const wobble = (size: number): number => 1 + size * (noise() + noise() + noise() - 1.5);
  const created = options.created ?? (kind === 'learns' ? '2026-11-24T10:00:01.000Z' : '2026-11-24T10:00:00.000Z');
  const events: RunEvent[] = [];
  const summaries: RunSummary[] = [];
  let summary: RunSummary = {
    ...{ run, name, state: 'queued', step: 0, steps: 0, epoch: 0, file: `/home/ada/nets/${name}.rectiscope.yaml` },
    ...{ created, seconds: 0, findings: 0, note: '', tags: [], starred: false },
  };
  const add = (event: RunEvent, change: Partial<RunSummary> = {}): void => {
    summary = { ...summary, ...change };
    events.push(event);
    summaries.push(summary);
  };
  const broken = (step: number): boolean => options.brokenFrom !== undefined && step >= options.brokenFrom;
  const progress = (step: number): number => (kind === 'learns' ? step / (step + 500) : 0);

  add({ event: 'queued', run, name });
  add(
    {
      ...{ event: 'started', run, backend: 'onnx', device: 'cpu', threads: 2, parts: 2, parameters: 355_000 },
      ...{ weighted_layers: layers, steps, steps_per_epoch: stepsPerEpoch, classes: CLASSES, first_step: 1 },
      ...{ predicted_std: Array.from({ length: layers }, (_, layer) => (kind === 'learns' ? 1 : 0.9 ** layer)) },
    },
    { state: 'running', steps, backend: 'onnx', device: 'cpu', started: created },
  );
  for (let step = 1; step <= steps; step++) {
    const epoch = step / stepsPerEpoch;
    const done = progress(step);
    const loss = broken(step) ? Number.NaN : (2.31 - 2.0 * done) * wobble(0.12);
    const top1 = Math.round(Math.min(100, (90 - 72 * done) * wobble(0.12)) * 0.64) / 0.64;
    const stepMs = 108 * wobble(0.1);
    add(
      { event: 'step', run, step, epoch, loss: toScalar(loss), top1, learning_rate: 0.01, step_ms: stepMs },
      { step, epoch, loss: toScalar(loss), seconds: summary.seconds + stepMs / 1000 },
    );
    if (step === 1 || step === 2 || step === 5 || step % probeEvery === 0) {
      const probes = Array.from({ length: layers }, (_, layer): LayerProbe => {
        const size = kind === 'learns' ? 0.09 * wobble(0.5) : 4e-4 * wobble(0.5) * 0.9 ** (layers - layer);
        const bump = kind === 'learns' ? (1 + 2.5 * Math.exp(-((layer - 12) ** 2) / 40)) / (1 + 2 * done) : 1;
        const weight = 3 + layer / 10;
        const gradient = broken(step)
          ? Number.NaN
          : layer === 0 && kind === 'stalls' && step > 900
            ? 0
            : size * bump * weight;
        return {
          name: layer === layers - 1 ? 'dense1' : `conv${layer + 1}`,
          gradient_norm: toScalar(gradient),
          weight_norm: weight,
          decay_norm: weight * 5e-4,
          update_ratio: toScalar((0.1 * gradient) / weight),
          activation_std: kind === 'learns' ? wobble(0.3) : 0.9 ** layer,
          activation_rms: kind === 'learns' ? wobble(0.3) : 0.9 ** layer,
          dead_fraction: Math.max(0, 0.1 * wobble(1) - 0.05),
        };
      });
      add({ event: 'probe', run, step, layers: probes });
    }
    if (kind === 'stalls' && step === 5) add(vanishing(run, step), { findings: 1 });
    if (step % stepsPerEpoch === 0) {
      const evaluation = evaluate(run, { step, epoch, done, wobble: wobble(0.04) });
      const best =
        summary.best !== undefined && summary.best.top1 <= evaluation.top1
          ? summary.best
          : { top1: evaluation.top1, step };
      add(evaluation, { top1: evaluation.top1, top5: evaluation.top5, best });
    }
  }
  const state: RunState = options.brokenFrom !== undefined ? 'diverged' : kind === 'learns' ? 'finished' : 'stalled';
  const why =
    kind === 'stalls' ? 'The loss never fell under 0.97 of what guessing costs; see vanishing-gradient.' : undefined;
  const end = {
    event: 'end',
    run,
    state,
    step: steps,
    epoch: steps / stepsPerEpoch,
    seconds: summary.seconds,
  } as const;
  add(why === undefined ? end : { ...end, message: why }, why === undefined ? { state } : { state, message: why });
  return { run, events, summaries };
}

function evaluate(run: string, at: { step: number; epoch: number; done: number; wobble: number }): EvaluationEvent {
  const top1 = (90 - 75 * at.done) * at.wobble;
  const wrong = top1 / 100;
  const confusion = CLASSES.map((_, label) =>
    CLASSES.map((__, predicted) => {
      // Some classes are harder than others.
      const own = wrong * (0.4 + ((7 * label) % 10) / 8);
      if (label === predicted) return Math.round(200 * Math.max(0, 1 - own));
      return Math.round((200 * own * (Math.abs(label - predicted) === 2 ? 3 : 0.6)) / 9);
    }),
  );
  const examples = confusion.map((row) => row.reduce((a, b) => a + b, 0));
  const wrongOf = confusion.map((row, label) => (examples[label] ?? 0) - (row[label] ?? 0));
  const loss = toScalar((2.3 - 1.95 * at.done) * at.wobble);
  const trainLoss = toScalar((2.3 - 2.05 * at.done) * at.wobble);
  const { step, epoch } = at;
  return {
    event: 'evaluation',
    run,
    step,
    epoch,
    loss,
    top1,
    top5: top1 ** 2 / 160,
    views: 'center',
    train_loss: trainLoss,
    train_top1: top1 * 0.9,
    confusion,
    class_errors: { examples, top1: wrongOf, top5: wrongOf.map((count) => Math.floor(count / 12)) },
    worst: [4, 2, 6].flatMap((label, k) =>
      [0, 1].map((i) => ({
        ...{ image: `val ${200 * label + 17 * (i + 1)}`, index: 200 * label + 17 * (i + 1), label },
        ...{ predicted: (label + 2) % CLASSES.length, score: 0.97 - 0.03 * k - 0.01 * i, label_score: 0.01 * (i + 1) },
      })),
    ),
  };
}

function vanishing(run: string, step: number): FindingEvent {
  return {
    ...{
      event: 'finding',
      run,
      rule: 'vanishing-gradient',
      severity: 'error',
      step,
      layer: 'conv1',
      line: INIT_LINE,
      column: 3,
    },
    message:
      'Only 0.07 % of the gradient that He initialisation would give reaches conv1: 29 rectified layers each lose a factor 0.71. These layers will hardly learn.',
    evidence: { gradient_per_weight: 6.2e-5, factor_per_layer: 0.71, probes: [1, 2, 5] },
    threshold: 3e-3,
    source: 'Rule vanishing-gradient: 410 measured trainings',
    predicted: 5.9e-5,
    measured: 6.2e-5,
    fix: {
      title: 'Use init: he',
      edits: [{ line: INIT_LINE, column: 9, end_line: INIT_LINE, end_column: 15, text: 'he' }],
    },
  };
}

/** The snapshot after the first `count` events; its sequence is their number. */
export function snapshotOf(recording: Recording, count: number): RunSnapshot {
  const events = recording.events.slice(0, count);
  const steps = events.filter((event) => event.event === 'step');
  const probes = events.filter((event) => event.event === 'probe');
  const started = events.find((event) => event.event === 'started');
  const snapshot: RunSnapshot = {
    sequence: count,
    summary: recording.summaries[count - 1] as RunSummary,
    text: 'version: 1\n',
    steps: {
      step: pack(steps.map((event) => event.step)),
      epoch: pack(steps.map((event) => event.epoch)),
      loss: pack(steps.map((event) => fromScalar(event.loss))),
      top1: pack(steps.map((event) => event.top1)),
      learning_rate: pack(steps.map((event) => event.learning_rate)),
      step_ms: pack(steps.map((event) => event.step_ms)),
    },
    probes: {
      layers: probes[0]?.layers.map((layer) => layer.name) ?? [],
      quantities: PROBE_QUANTITIES,
      step: pack(probes.map((event) => event.step)),
      values: pack(
        probes.flatMap((event) =>
          event.layers.flatMap((layer) => PROBE_QUANTITIES.map((quantity) => fromScalar(layer[quantity] ?? 'NaN'))),
        ),
      ),
    },
    evaluations: events.filter((event) => event.event === 'evaluation'),
    findings: events.filter((event) => event.event === 'finding'),
    notices: events.filter((event) => event.event === 'notice'),
    proofs: events.filter((event) => event.event === 'proof'),
  };
  return started === undefined ? snapshot : { ...snapshot, started };
}

/** The delta of event number `sequence`, counted from 1. */
export const deltaOf = (recording: Recording, sequence: number): Delta => ({
  run: recording.run,
  sequence,
  event: recording.events[sequence - 1] as RunEvent,
  summary: recording.summaries[sequence - 1] as RunSummary,
});

export const deltaMessage = (recording: Recording, sequence: number): HostMessage => ({
  type: 'delta',
  delta: deltaOf(recording, sequence),
});
