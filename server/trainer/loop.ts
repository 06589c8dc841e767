/** The training loop, from top to bottom. Only this loop changes weights. */

import { type Checkpoint, type CheckpointState, saveCheckpoint } from '../checkpoint/checkpoint.ts';
import { initialVariables, variableShapes } from '../checkpoint/variables.ts';
import type { Dataset } from '../data/dataset.ts';
import type { RunConfig } from '../domain/config.ts';
import { ErrorCounter } from '../domain/evaluation/metrics.ts';
import type { Network } from '../domain/network/network.ts';
import { predictedStd } from '../domain/propagation/audit.ts';
import { hePass, propagate } from '../domain/propagation/propagate.ts';
import type { Observation } from '../domain/rules/observation.ts';
import type { Finding } from '../domain/rules/rule.ts';
import { diagnose, restoreDiagnosis } from '../domain/rules/rules.ts';
import { isDue, isProbed, toSteps } from '../domain/schedule/duration.ts';
import { afterEvaluation, type PlateauState, startPlateau } from '../domain/schedule/plateau.ts';
import { learningRate } from '../domain/schedule/schedule.ts';
import { mapSize, size } from '../domain/shapes/size.ts';
import { stepBatch } from '../engines/batch.ts';
import type { Engine } from '../engines/engine.ts';
import type { Inference } from '../engines/inference.ts';
import type { EndEvent, RunState } from '../protocol/events.ts';
import { toScalar } from '../protocol/scalar.ts';
import { describeFinding } from '../run-file/findings.ts';
import type { Positions } from '../run-file/positions.ts';
import type { Clock } from '../system/clock.ts';
import { evaluate } from '../testing/evaluate.ts';
import type { Link } from './link.ts';
import { layerProbes, probedLayers } from './probe.ts';
import { whenThereIsRoom } from './when-there-is-room.ts';

export interface TrainingRun {
  readonly run: string;
  readonly config: RunConfig;
  readonly positions: Positions;
  readonly network: Network;
  readonly dataset: Dataset;
  readonly engine: Engine;
  /** Where `evaluate` asks for other views than the engine's own. */
  readonly inference: Inference | undefined;
  /** To go on from; absent at the start. */
  readonly checkpoint: Checkpoint | undefined;
  /** Parameters that come from a file at the start, by name. */
  readonly stored: ReadonlyMap<string, Float32Array> | undefined;
  /** What a checkpoint pins beside the weights. */
  readonly pinned: Pick<CheckpointState, 'configHash' | 'dataHash' | 'weightFiles' | 'engine' | 'data'>;
  readonly folder: string;
  readonly extraEpochs: number;
  /** The last step at which the run has ended before, and was resumed. */
  readonly endedStep: number;
  readonly link: Link;
  readonly clock: Clock;
}

/** Seconds between checkpoints that no evaluation asks for. */
const CHECKPOINT_SECONDS = 15;
/** A checkpoint may take this share of the time: large networks save less often. */
const CHECKPOINT_SHARE = 0.02;

/** Train to the end, or until the user or a state stops it. The end has been reported when this resolves. */
export async function train({
  run,
  config,
  network,
  dataset,
  engine,
  link,
  clock,
  ...rest
}: TrainingRun): Promise<void> {
  const { batchSize } = config.train;
  const stepsPerEpoch = dataset.trainCount / batchSize;
  const steps =
    toSteps(config.train.length, stepsPerEpoch) +
    (rest.extraEpochs > 0 ? toSteps({ value: rest.extraEpochs, unit: 'epochs' }, stepsPerEpoch) : 0);
  const context = {
    network,
    train: config.train,
    stepsPerEpoch,
    classCounts: dataset.classCounts,
    input: dataset.statistics,
    propagation: propagate(network, hePass(network, dataset.statistics.correlation)),
    ignore: config.diagnose.ignore,
  };

  // What a run is made of beside its weights; all of it is in the checkpoint.
  let step = rest.checkpoint?.state.step ?? 0;
  let best = rest.checkpoint?.state.best;
  let rules = restoreDiagnosis(rest.checkpoint?.state.rules);
  let plateau = rest.checkpoint?.state.plateau ?? startPlateau;
  let seconds = rest.checkpoint?.state.seconds ?? 0;
  let errors = rest.checkpoint?.state.errors;
  const saved = rest.checkpoint && new Map([...rest.checkpoint.arrays].map(([name, { data }]) => [name, data]));
  await engine.assign(saved ?? initialVariables(network, config.seed, rest.stored));

  link.report({
    event: 'started',
    run,
    backend: engine.backend,
    device: engine.device,
    threads: engine.threads,
    parts: engine.parts,
    parameters: network.parameters.reduce((sum, { shape }) => sum + size(shape), 0),
    weighted_layers: network.parameters.filter(({ role }) => role === 'weight').length,
    steps,
    steps_per_epoch: stepsPerEpoch,
    classes: [...dataset.classes],
    predicted_std: predictedStd(context.propagation, dataset.statistics).map(toScalar),
    first_step: step + 1,
  });
  // A trainer may have died before it could tell of it.
  if (rest.checkpoint)
    link.report({
      event: 'checkpoint',
      run,
      step,
      file: rest.checkpoint.file,
      weights_hash: rest.checkpoint.weightsHash,
    });

  // Two, by turns: one is read while the other is computed on.
  const buffer = () => ({
    images: new Float32Array(batchSize * mapSize(network.input)),
    labels: new Int32Array(batchSize),
  });
  const buffers = [buffer(), buffer()] as const;
  const read = async (ofStep: number) => {
    const own = buffers[ofStep % 2 === 0 ? 0 : 1];
    await dataset.trainBatch(ofStep, own.images, own.labels);
    return own;
  };
  /** The batch of the next step. */
  let reading = guarded(read(step + 1));
  /** Resolves when the engine has begun with a step. */
  const launch = async (ofStep: number) => {
    const asked = clock.monotonic();
    const { images, labels } = await reading;
    const dataMs = clock.monotonic() - asked;
    const fed = stepBatch(ofStep, { config, network, stepsPerEpoch, images, labels, drops: plateau.drops });
    const probe = isProbed(config.diagnose.probeEvery, ofStep, stepsPerEpoch);
    const computing = guarded(engine.step(fed, { probe }));
    reading = guarded(read(ofStep + 1));
    return { labels, dataMs, learningRate: fed.learningRate, computing };
  };
  /** The next step, begun before the numbers of this one are looked at. */
  let ahead: Awaited<ReturnType<typeof launch>> | undefined;
  let savedStep = step;
  let savedAt = clock.monotonic();
  let saveSeconds = 0;
  let before = clock.monotonic();
  let state: RunState = 'running';
  // The finding that ends the run. A trainer that was killed before it could tell finds it in the checkpoint; a user who resumes
  // such a run wants it to go on.
  let stopping = step > rest.endedStep ? rest.checkpoint?.state.stopping : undefined;

  const save = async () => {
    const started = clock.monotonic();
    const values = await engine.read();
    // Weights that are no numbers are lost: the checkpoint before them is worth more.
    if (![...values.values()].every((value) => value.every(Number.isFinite))) return;
    const variables = new Map(
      [...variableShapes(network)].map(([name, shape]) => [name, { shape, data: needed(values, name) }]),
    );
    const checkpoint = {
      folder: rest.folder,
      variables,
      state: {
        step,
        ...rest.pinned,
        seconds,
        plateau,
        rules,
        ...(errors && { errors }),
        ...(best && { best }),
        ...(stopping && { stopping }),
      },
      committed: () => link.commit(),
    };
    const { file, weightsHash } = await whenThereIsRoom(
      () => saveCheckpoint(checkpoint),
      (why) =>
        link.waiting(
          why &&
            `Waiting to save the checkpoint of step ${step}: ${why}. Make room on the disk; the run goes on by itself.`,
        ),
    );
    link.report({ event: 'checkpoint', run, step, file, weights_hash: weightsHash });
    savedStep = step;
    savedAt = clock.monotonic();
    saveSeconds = (savedAt - started) / 1000;
  };

  const observe = (observation: Observation) => {
    const result = diagnose(rules, observation, context);
    rules = result.state;
    for (const recovery of result.recovered) link.report({ event: 'recovered', run, ...recovery });
    for (const finding of result.findings)
      link.report({ event: 'finding', run, ...describeFinding(finding, rest.positions) });
    const found = result.findings.find(({ rule }) => config.diagnose.stopOn.includes(rule));
    stopping ??= found && { rule: found.rule, message: found.message };
  };
  if (step === 0) observe({ kind: 'start' });

  for (;;) {
    if (!ahead) {
      state = stopping ? (stopping.rule as RunState) : step >= steps ? 'finished' : link.stopAsked ? 'stopped' : state;
      if (state !== 'running') break;
    }
    const { labels, dataMs, learningRate: rate, computing } = ahead ?? (await launch(step + 1));
    const output = await computing;
    step++;
    const now = clock.monotonic();
    const stepMs = now - before;
    seconds += stepMs / 1000;
    before = now;
    const batch = new ErrorCounter(network.classes);
    batch.add(output.logits, labels);
    const evaluating = isDue(config.evaluate.every, step, stepsPerEpoch) || step === steps;
    const wait = Math.max(CHECKPOINT_SECONDS, saveSeconds / CHECKPOINT_SHARE);
    const saving = evaluating || (clock.monotonic() - savedAt) / 1000 >= wait;
    // Not where the weights of this very step are needed, or the run is to end.
    ahead = saving || stopping || link.stopAsked ? undefined : await launch(step + 1);
    const epoch = step / stepsPerEpoch;
    link.report({
      event: 'step',
      run,
      step,
      epoch,
      loss: toScalar(output.loss),
      top1: batch.top1,
      learning_rate: rate,
      step_ms: stepMs,
      data_ms: dataMs,
    });

    observe({ kind: 'step', step, loss: output.loss, top1: batch.top1, learningRate: rate });
    if (output.probe) {
      const layers = layerProbes(output.probe, { network, batchSize, weightDecay: config.train.weightDecay });
      link.report({ event: 'probe', run, step, layers });
      observe({ kind: 'probe', step, layers: probedLayers(layers) });
    }
    if (stopping && !ahead) continue;

    if (evaluating) {
      const measured = await evaluate({
        engine,
        dataset,
        batchSize,
        classes: network.classes,
        inference: rest.inference,
        config: config.evaluate,
        onBatch: () => link.alive(),
      });
      errors = { top1: measured.top1, top5: measured.top5 };
      if (!best || measured.top1 < best.top1) best = { top1: measured.top1, step };
      link.report({
        event: 'evaluation',
        run,
        step,
        epoch,
        loss: toScalar(measured.loss),
        ...errors,
        top1: measured.top1,
        top5: measured.top5,
        views: config.evaluate.views,
        ...(config.evaluate.scales.length > 0 && { scales: [...config.evaluate.scales] }),
        train_loss: toScalar(measured.trainLoss),
        train_top1: measured.trainTop1,
        ...(measured.confusion && { confusion: measured.confusion }),
        ...measured.byClass,
      });
      // The extra evaluation at a run's end is no business of the schedule: a run that is extended goes as a longer one would.
      if (isDue(config.evaluate.every, step, stepsPerEpoch)) {
        const { drops } = plateau;
        plateau = afterEvaluation(plateau, { step, top1: measured.top1 }, { train: config.train, stepsPerEpoch });
        if (plateau.drops > drops) {
          const next = learningRate(config.train, { step: step + 1, stepsPerEpoch, drops: plateau.drops });
          link.report({ event: 'notice', run, step, message: whyDropped(plateau, next) });
        }
      }
      const { confusion, byClass: _, ...numbers } = measured;
      observe({ kind: 'evaluation', step, epoch, ...numbers, ...(confusion && { confusion }) });
    }
    if (saving) {
      await save();
      // Evaluations and saves count as time of the run, not of a step.
      seconds += (clock.monotonic() - before) / 1000;
      before = clock.monotonic();
    }
    // Let messages in.
    await new Promise((resolve) => setImmediate(resolve));
  }

  // A run diverges before its weights are no numbers, too: the checkpoint before it is worth more.
  if (savedStep < step && state !== 'diverged') await save();
  const end: EndEvent = { event: 'end', run, state, step, epoch: step / stepsPerEpoch, ...errors, seconds };
  if (stopping) end.message = whyStopped(stopping, ((steps - step) * seconds) / step);
  link.report(end);
  await link.commit();
}

/** Which rule stopped a run, and what that saved. */
const whyStopped = ({ rule, message }: Pick<Finding, 'rule' | 'message'>, secondsSaved: number): string =>
  `Stopped by ${rule}${secondsSaved < 1 ? '' : `, which saved about ${secondsSaved < 90 ? `${Math.round(secondsSaved)} s` : `${Math.round(secondsSaved / 60)} min`}`}. ${message}`;

/** Why the plateau rule has dropped the rate. */
const whyDropped = ({ best, since }: PlateauState, rate: number): string =>
  `The validation error stopped falling (least: ${best?.top1.toFixed(2)} % at step ${best?.step}): the learning rate is ${Number(rate.toPrecision(3))} from step ${since + 1} on.`;

/** A promise that is waited for later: until then its failure is nobody's, and would end the process. */
function guarded<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

function needed(values: ReadonlyMap<string, Float32Array>, name: string): Float32Array {
  const value = values.get(name);
  if (!value) throw new Error(`the engine has no ${name}`);
  return value;
}
