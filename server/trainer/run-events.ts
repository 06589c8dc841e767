/** A run's numbers as the events that report them. */

import type { Dataset } from '../data/dataset.ts';
import type { EvaluateConfig } from '../domain/config.ts';
import type { Network } from '../domain/network/network.ts';
import { formatFixed, formatRate } from '../domain/numbers/format.ts';
import { predictedStd } from '../domain/propagation/audit.ts';
import type { Propagation } from '../domain/propagation/propagate.ts';
import type { PlateauState } from '../domain/schedule/plateau.ts';
import { size } from '../domain/shapes/size.ts';
import type { Engine } from '../engines/engine.ts';
import type { EndEvent, EvaluationEvent, NoticeEvent, StartedEvent } from '../protocol/events.ts';
import { toScalar } from '../protocol/scalar.ts';
import type { evaluate } from '../testing/evaluate.ts';
import type { WatchState } from '../watcher/watch.ts';

interface Beginning {
  readonly engine: Engine;
  readonly network: Network;
  readonly dataset: Dataset;
  readonly propagation: Propagation;
  /** Total steps, and steps per epoch. */
  readonly steps: number;
  readonly stepsPerEpoch: number;
  readonly firstStep: number;
}

/** The engine, the network and the length of the run. */
export const startedEvent = (
  run: string,
  { engine, network, dataset, propagation, steps, stepsPerEpoch, firstStep }: Beginning,
): StartedEvent => ({
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
  predicted_std: predictedStd(propagation, dataset.statistics).map(toScalar),
  first_step: firstStep,
});

/** An evaluation as it was measured. */
export const evaluationEvent = (
  at: Pick<EvaluationEvent, 'run' | 'step' | 'epoch'>,
  measured: Awaited<ReturnType<typeof evaluate>>,
  { views, scales }: EvaluateConfig,
): EvaluationEvent => ({
  event: 'evaluation',
  ...at,
  loss: toScalar(measured.loss),
  top1: measured.top1,
  top5: measured.top5,
  views,
  ...(scales.length > 0 && { scales: [...scales] }),
  train_loss: toScalar(measured.trainLoss),
  train_top1: measured.trainTop1,
  ...(measured.confusion && { confusion: measured.confusion }),
  ...measured.byClass,
});

/** Why the plateau rule has lowered the rate, and the new rate. */
export const dropNotice = (run: string, { best, since }: PlateauState, rate: number): NoticeEvent => ({
  event: 'notice',
  run,
  step: since,
  message: `The validation error stopped falling (lowest: ${formatFixed(best?.top1 ?? Number.NaN, 2)} % at step ${best?.step}): the learning rate is ${formatRate(rate)} from step ${since + 1} on.`,
});

/** The end; if a rule stopped the run, which one and the time saved. `steps`: the planned number. */
export function endEvent(
  end: Omit<EndEvent, 'event' | 'message'>,
  { stopping, steps }: { stopping: WatchState['stopping']; steps: number },
): EndEvent {
  if (!stopping) return { event: 'end', ...end };
  const saved = ((steps - end.step) * end.seconds) / end.step;
  const time = saved < 90 ? `${Math.round(saved)} s` : `${Math.round(saved / 60)} min`;
  // Before the first step the time of the others is unknown.
  const message = `Stopped by ${stopping.rule}${saved >= 1 ? `, which saved about ${time}` : ''}. ${stopping.message}`;
  return { event: 'end', ...end, message };
}
