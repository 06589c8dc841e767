/** A snapshot as the events that made it: those that a late view has missed. */
import type { FindingEvent, RunEvent } from '../protocol/events.ts';
import { probesOf } from '../protocol/probe-table.ts';
import type { RunSnapshot } from '../protocol/requests.ts';
import { toScalar, unpack } from '../protocol/scalar.ts';

function steps({ steps, summary: { run } }: RunSnapshot): RunEvent[] {
  const [step, epoch, loss, top1, rate, ms] = [
    steps.step,
    steps.epoch,
    steps.loss,
    steps.top1,
    steps.learning_rate,
    steps.step_ms,
  ].map(unpack);
  return Array.from(
    step ?? [],
    (at, i): RunEvent => ({
      event: 'step',
      run,
      step: at,
      epoch: epoch?.[i] ?? Number.NaN,
      loss: toScalar(loss?.[i] ?? Number.NaN),
      top1: top1?.[i] ?? Number.NaN,
      learning_rate: rate?.[i] ?? Number.NaN,
      step_ms: ms?.[i] ?? Number.NaN,
    }),
  );
}

/** A finding as originally reported, and its end. */
function eventsOf({ recovered, ...finding }: FindingEvent): RunEvent[] {
  if (recovered === undefined) return [finding];
  const { run, rule, step: found } = finding;
  return [finding, { event: 'recovered', run, rule, found, step: recovered }];
}

const ORDER: Record<RunEvent['event'], number> = {
  queued: 0,
  started: 1,
  notice: 2,
  step: 3,
  probe: 4,
  finding: 5,
  recovered: 6,
  evaluation: 7,
  checkpoint: 8,
  end: 9,
  proof: 10,
};

const placeOf = (event: RunEvent): number =>
  event.event === 'queued'
    ? -1
    : event.event === 'started'
      ? event.first_step - 0.5
      : event.event === 'end'
        ? Number.POSITIVE_INFINITY
        : event.step;

/** All events of a snapshot, in the order in which they happened. */
export function replay(snapshot: RunSnapshot): RunEvent[] {
  const { run, name } = snapshot.summary;
  const { checkpoint } = snapshot;
  const events: RunEvent[] = [
    { event: 'queued', run, name },
    ...(snapshot.started ? [snapshot.started] : []),
    ...snapshot.notices,
    ...steps(snapshot),
    ...probesOf(snapshot.probes).map((probe): RunEvent => ({ event: 'probe', run, ...probe })),
    ...snapshot.findings.flatMap(eventsOf),
    ...snapshot.evaluations,
    ...snapshot.proofs,
    // A snapshot has only the last checkpoint.
    ...(checkpoint ? [{ event: 'checkpoint' as const, run, ...checkpoint }] : []),
  ];
  return events.toSorted((a, b) => placeOf(a) - placeOf(b) || ORDER[a.event] - ORDER[b.event]);
}
