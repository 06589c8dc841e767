/** One followed run: selects which of a server's events are shown. */
import type { EndEvent, RunEvent } from '../protocol/events.ts';
import type { Delta, RunSnapshot, RunSummary } from '../protocol/requests.ts';
import { isOver } from '../protocol/run-state.ts';
import { replay } from './snapshot-events.ts';
import { UnseenEvents } from './unseen-events.ts';

/** The end of a run as an event, for a run that had ended before following started. */
const endOf = ({ run, state, step, epoch, top1, top5, seconds, message }: RunSummary): EndEvent => ({
  event: 'end',
  run,
  state,
  step,
  epoch,
  ...(top1 !== undefined && { top1 }),
  ...(top5 !== undefined && { top5 }),
  seconds,
  ...(message !== undefined && { message }),
});

/** Shows an event, with the server's summary of the run unless it comes from a snapshot. */
type Show = (event: RunEvent, summary?: RunSummary) => void;

/** A snapshot, then deltas in order; after a gap it requests a snapshot again. */
export class FollowedRun {
  readonly run: string;
  end: EndEvent | undefined;
  readonly #unseen = new UnseenEvents();
  readonly #show: Show;
  readonly #fromStart: boolean;
  /** First step that is shown from a snapshot; undefined: none until a trainer reports its first step. */
  #firstStep: number | undefined;
  /** Of the last accepted event; undefined while a snapshot is awaited. */
  #sequence: number | undefined;
  #early: Delta[] = [];
  /** The start of the trainer that ran before following started, as JSON; undefined before the first snapshot. */
  #startedBefore: string | undefined;

  constructor(run: string, { fromStart, show }: { fromStart: boolean; show: Show }) {
    this.run = run;
    this.#fromStart = fromStart;
    this.#firstStep = fromStart ? 0 : undefined;
    this.#show = show;
  }

  /** Deltas are kept until a snapshot arrives. */
  awaitSnapshot(): void {
    this.#sequence = undefined;
    this.#early = [];
  }

  /** False if events are missing after it: the caller gets another. */
  takeSnapshot(snapshot: RunSnapshot): boolean {
    const { summary, sequence } = snapshot;
    const isPast = !this.#fromStart && this.#startedBefore === undefined;
    this.#placeFirstStep(snapshot);
    const first = this.#firstStep;
    for (const event of replay(snapshot)) {
      // Of a checkpoint that can't be used a trainer says so at the step from which it goes on, before it begins.
      if (event.event === 'notice' && isPast) this.#unseen.isNew(event);
      else if (event.event === 'notice' || (first !== undefined && this.#isWanted(event, first))) this.#take(event);
    }
    this.#sequence = sequence;
    const early = this.#early;
    this.#early = [];
    const whole = early.every((delta) => this.takeDelta(delta));
    if (isOver(summary.state)) this.#take(endOf(summary));
    return whole;
  }

  /** False if events are missing: the caller gets a snapshot. */
  takeDelta(delta: Delta): boolean {
    if (this.#sequence === undefined) {
      this.#early.push(delta);
      return true;
    }
    if (delta.sequence <= this.#sequence) return true;
    if (delta.sequence > this.#sequence + 1) return false;
    this.#sequence = delta.sequence;
    this.#take(delta.event, delta.summary);
    return true;
  }

  /** Events before the first snapshot are not shown, unless requested. */
  #placeFirstStep({ summary, started }: RunSnapshot): void {
    const current = JSON.stringify(started ?? null);
    if (this.#startedBefore === undefined) {
      this.#startedBefore = current;
      if (summary.state === 'running') this.#firstStep ??= summary.step + 1;
    } else if (started && current !== this.#startedBefore) this.#firstStep ??= started.first_step;
  }

  /** Whether an event of a snapshot is shown. The start of an earlier trainer is not new. */
  #isWanted(event: RunEvent, first: number): boolean {
    if (event.event === 'started') return this.#fromStart || JSON.stringify(event) !== this.#startedBefore;
    return !('step' in event) || event.step >= first;
  }

  #take(event: RunEvent, summary?: RunSummary): void {
    if (this.end || !this.#unseen.isNew(event)) return;
    if (event.event === 'started') this.#firstStep = Math.min(this.#firstStep ?? event.first_step, event.first_step);
    if (event.event === 'end') this.end = event;
    this.#show(event, summary);
  }
}
