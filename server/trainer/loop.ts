/** The training loop, from top to bottom. Only this loop changes weights. */

import { arrayValues, type Checkpoint } from '../checkpoint/checkpoint.ts';
import { initialVariables } from '../checkpoint/variables.ts';
import type { Dataset } from '../data/dataset.ts';
import type { RunConfig } from '../domain/config.ts';
import { ErrorCounter } from '../domain/evaluation/metrics.ts';
import type { Network } from '../domain/network/network.ts';
import { passesOf } from '../domain/propagation/passes.ts';
import { propagate } from '../domain/propagation/propagate.ts';
import { isDue, toSteps } from '../domain/schedule/duration.ts';
import { afterEvaluation, startPlateau } from '../domain/schedule/plateau.ts';
import { learningRate } from '../domain/schedule/schedule.ts';
import type { SurveyedData } from '../domain/survey/survey.ts';
import type { Engine } from '../engines/engine.ts';
import type { Inference } from '../engines/inference.ts';
import type { RunEvent, RunState } from '../protocol/events.ts';
import { toScalar } from '../protocol/scalar.ts';
import type { Positions } from '../run-file/positions.ts';
import type { Clock } from '../system/clock.ts';
import { evaluate } from '../testing/evaluate.ts';
import { outcomeOf, restoreWatch, type WatchedRun, watch } from '../watcher/watch.ts';
import { type Launched, launcher } from './launch.ts';
import type { Link } from './link.ts';
import { layerProbes } from './probe.ts';
import { dropNotice, endEvent, evaluationEvent, startedEvent } from './run-events.ts';
import { type Pinned, Saver } from './saver.ts';

export interface TrainingRun {
  readonly run: string;
  readonly config: RunConfig;
  readonly positions: Positions;
  readonly network: Network;
  readonly dataset: Dataset;
  /** What a look at the images found. */
  readonly data?: SurveyedData | undefined;
  readonly engine: Engine;
  /** Present if `evaluate` asks for other views than the engine's own. */
  readonly inference: Inference | undefined;
  /** To continue from; absent at the start. */
  readonly checkpoint: Checkpoint | undefined;
  /** Parameters that come from a file at the start, by name. */
  readonly stored: ReadonlyMap<string, Float32Array> | undefined;
  readonly pinned: Pinned;
  readonly folder: string;
  readonly extraEpochs: number;
  /** The last step at which the run ended earlier, before it was resumed. */
  readonly endedStep: number;
  readonly link: Link;
  readonly clock: Clock;
}

/** Trains to the end, or until the user or a finding stops it. The end has been reported when this resolves. */
export async function train(training: TrainingRun): Promise<void> {
  const { run, config, network, dataset, engine, checkpoint, link, clock } = training;
  const { batchSize, optimizer } = config.train;
  const stepsPerEpoch = dataset.trainCount / batchSize;
  const steps =
    toSteps(config.train.length, stepsPerEpoch) +
    (training.extraEpochs > 0 ? toSteps({ value: training.extraEpochs, unit: 'epochs' }, stepsPerEpoch) : 0);
  const { statistics, classCounts, classes } = dataset;
  const propagation = propagate(network, passesOf(network, statistics.correlation));
  const watched: WatchedRun = {
    run,
    positions: training.positions,
    ignore: config.diagnose.ignore,
    stopOn: config.diagnose.stopOn,
    context: {
      network,
      train: config.train,
      stepsPerEpoch,
      classCounts,
      classes,
      input: statistics,
      data: training.data,
      propagation,
    },
  };

  // The state of a run beside its weights; all of it is in the checkpoint.
  const saved = checkpoint?.state;
  let step = saved?.step ?? 0;
  let best = saved?.best;
  let watching = restoreWatch(saved, { goesOn: step <= training.endedStep });
  let plateau = saved?.plateau ?? startPlateau;
  let seconds = saved?.seconds ?? 0;
  let errors = saved?.errors;
  await engine.assign(
    checkpoint
      ? arrayValues(checkpoint.arrays)
      : initialVariables({ network, optimizer }, { seed: config.seed, stored: training.stored }),
  );

  const judge = (event: RunEvent) => {
    const { state, events } = watch(watching, event, watched);
    watching = state;
    for (const one of events) link.report(one);
  };
  const started = startedEvent(run, {
    ...{ engine, network, dataset, propagation, steps, stepsPerEpoch },
    firstStep: step + 1,
  });
  link.report(started);
  // A trainer may have died before it could report it.
  if (checkpoint)
    link.report({ event: 'checkpoint', run, step, file: checkpoint.file, weights_hash: checkpoint.weightsHash });
  const launch = launcher(step + 1, { config, network, dataset, engine, clock, stepsPerEpoch });
  const saver = new Saver(step, { ...training, owner: { network, optimizer } });
  judge(started);

  /** The next step, started before the numbers of this one are processed. */
  let ahead: Launched | undefined;
  let before = clock.monotonic();
  let state: RunState = 'running';
  const save = () =>
    saver.save({ step, seconds, plateau, ...watching, ...(errors && { errors }), ...(best && { best }) });

  for (;;) {
    if (!ahead) {
      const { stopping } = watching;
      state = stopping
        ? (stopping.rule as RunState)
        : step >= steps
          ? outcomeOf(watching)
          : link.stopAsked
            ? 'stopped'
            : state;
      if (state !== 'running') break;
    }
    const { labels, dataMs, learningRate: rate, computing } = ahead ?? (await launch(plateau.drops));
    const output = await computing;
    step++;
    const now = clock.monotonic();
    const stepMs = now - before;
    seconds += stepMs / 1000;
    before = now;
    const batch = new ErrorCounter(network.classes);
    batch.add(output.logits, labels);
    const evaluating = isDue(config.evaluate.every, step, stepsPerEpoch) || step === steps;
    const saving = evaluating || saver.isDue();
    // Not if the weights of this very step are needed, or if the run ends here.
    ahead = saving || watching.stopping || link.stopAsked ? undefined : await launch(plateau.drops);
    const at = { run, step, epoch: step / stepsPerEpoch };
    const stepEvent: RunEvent = {
      event: 'step',
      ...at,
      loss: toScalar(output.loss),
      top1: batch.top1,
      learning_rate: rate,
      step_ms: stepMs,
      data_ms: dataMs,
    };
    link.report(stepEvent);
    judge(stepEvent);
    if (output.probe) {
      const layers = layerProbes(output.probe, { network, batchSize, weightDecay: config.train.weightDecay });
      const probe: RunEvent = { event: 'probe', run, step, layers };
      link.report(probe);
      judge(probe);
    }
    if (watching.stopping && !ahead) continue;

    if (evaluating) {
      const measured = await evaluate({
        ...{ engine, dataset, batchSize, classes: network.classes },
        inference: training.inference,
        config: config.evaluate,
        onBatch: () => link.alive(),
      });
      const { top1, top5 } = measured;
      errors = { top1, top5 };
      if (!best || top1 < best.top1) best = { top1, step };
      const evaluation = evaluationEvent(at, measured, config.evaluate);
      link.report(evaluation);
      // The extra evaluation at a run's end does not count for the schedule: an extended run behaves like a longer one.
      if (isDue(config.evaluate.every, step, stepsPerEpoch)) {
        const { drops } = plateau;
        plateau = afterEvaluation(plateau, { step, top1 }, { train: config.train, stepsPerEpoch });
        if (plateau.drops > drops) {
          const next = learningRate(config.train, { step: step + 1, stepsPerEpoch, drops: plateau.drops });
          link.report(dropNotice(run, plateau, next));
        }
      }
      judge(evaluation);
    }
    if (saving) {
      await save();
      // Evaluations and saves count as time of the run, not of a step.
      seconds += (clock.monotonic() - before) / 1000;
      before = clock.monotonic();
    }
    // Let messages be handled.
    await new Promise((resolve) => setImmediate(resolve));
  }

  // A run also diverges before its weights stop being finite: the earlier checkpoint is worth more.
  if (saver.step < step && state !== 'diverged') await save();
  link.report(
    endEvent(
      { run, state, step, epoch: step / stepsPerEpoch, ...errors, seconds },
      { stopping: watching.stopping, steps },
    ),
  );
  await link.commit();
}
