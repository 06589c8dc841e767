/** The new events of a run: none twice, however often a snapshot or a restarted trainer repeats it. */
import type { RunEvent } from '../protocol/events.ts';

export class UnseenEvents {
  /** The furthest reported step of each series. */
  readonly #furthest = new Map<RunEvent['event'], number>();
  readonly #reported = new Set<string>();

  /** Whether an event is new; records it. */
  isNew(event: RunEvent): boolean {
    switch (event.event) {
      case 'step':
      case 'probe':
      case 'evaluation':
      case 'checkpoint': {
        // A restarted trainer repeats the steps after its checkpoint, bit for bit.
        if (event.step <= (this.#furthest.get(event.event) ?? 0)) return false;
        this.#furthest.set(event.event, event.step);
        return true;
      }
      default: {
        const key = keyOf(event);
        if (this.#reported.has(key)) return false;
        this.#reported.add(key);
        return true;
      }
    }
  }
}

function keyOf(event: RunEvent): string {
  switch (event.event) {
    // In a snapshot a finding has its current state, which may include more than was reported.
    case 'finding':
      return `finding ${event.rule} ${event.layer ?? ''} ${event.step}`;
    case 'end':
      return 'end';
    default:
      return JSON.stringify(event);
  }
}
