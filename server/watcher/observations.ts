/** The observations that rules get from a run's events. */
import { PROBE_QUANTITIES, type ProbedLayer, QUANTITIES } from '../domain/probe/quantities.ts';
import type { Observation } from '../domain/rules/observation.ts';
import type { LayerProbe, RunEvent } from '../protocol/events.ts';
import { fromScalar } from '../protocol/scalar.ts';

/** A probe as the rules see it. */
const probedLayers = (probes: readonly LayerProbe[]): ProbedLayer[] =>
  probes.map((probe) => {
    const values = PROBE_QUANTITIES.flatMap((name) => {
      const value = probe[name];
      return value === undefined ? [] : [[QUANTITIES[name].key, fromScalar(value)] as const];
    });
    return { name: probe.name, ...Object.fromEntries(values) } as ProbedLayer;
  });

/** An event as the rules see it; undefined for one that they ignore. Only a run's first start counts, not a resume. */
export function observationOf(event: RunEvent): Observation | undefined {
  switch (event.event) {
    case 'started':
      return event.first_step === 1 ? { kind: 'start' } : undefined;
    case 'step': {
      const { step, top1, learning_rate: learningRate } = event;
      return { kind: 'step', step, loss: fromScalar(event.loss), top1, learningRate };
    }
    case 'probe':
      return { kind: 'probe', step: event.step, layers: probedLayers(event.layers) };
    case 'evaluation': {
      const { step, epoch, top1, train_top1: trainTop1, confusion } = event;
      const losses = { loss: fromScalar(event.loss), trainLoss: fromScalar(event.train_loss) };
      return { kind: 'evaluation', step, epoch, top1, trainTop1, ...losses, ...(confusion && { confusion }) };
    }
    default:
      return undefined;
  }
}
