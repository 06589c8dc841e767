/** The values of each run that are compared. */
import { quantile } from '../domain/numbers/statistics.ts';
import { probesOf } from '../protocol/probe-table.ts';
import type { RunSnapshot } from '../protocol/requests.ts';
import { unpack } from '../protocol/scalar.ts';

/** Errors per cent, losses nats; values that a run does not have yet are undefined. */
export function measures(snapshot: RunSnapshot) {
  const { summary } = snapshot;
  const probes = probesOf(snapshot.probes);
  const early = probes.find(({ step }) => step >= 5) ?? probes.at(-1);
  return {
    run: summary.run,
    name: summary.name,
    state: summary.state,
    step: summary.step,
    top1: summary.top1,
    /** Step of that evaluation. */
    evaluated_step: snapshot.evaluations.at(-1)?.step,
    best_top1: summary.best?.top1,
    top5: summary.top5,
    first_loss: unpack(snapshot.steps.loss)[0],
    last_loss: unpack(snapshot.steps.loss).at(-1),
    step_ms: quantile([...unpack(snapshot.steps.step_ms)], 0.5),
    gradient_per_weight:
      early &&
      quantile(
        early.layers.map(({ gradient_norm, weight_norm }) => Number(gradient_norm) / Number(weight_norm)),
        0.5,
      ),
    gradient_step: early?.step,
    // Consequences are explained by these.
    findings: snapshot.findings.filter(({ cause }) => cause === undefined).map(({ rule }) => rule),
  };
}

export type Measures = ReturnType<typeof measures>;
