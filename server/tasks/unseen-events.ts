/** What is new of a run: no event twice, however often a snapshot or a trainer that was started again tells it. */
import type { RunEvent } from '../protocol/events.ts';

export class UnseenEvents {
  /** The furthest step of each series that was told. */
  readonly #furthest = new Map<RunEvent['event'], number>();
  readonly #told = new Set<string>();

  /** Whether an event was not told before; from now on it was. */
  isNew(event: RunEvent): boolean {
    switch (event.event) {
      case 'step':
      case 'probe':
      case 'evaluation':
      case 'checkpoint': {
        // A trainer that was started again repeats the steps after its checkpoint, bit for bit.
        if (event.step <= (this.#furthest.get(event.event) ?? 0)) return false;
        this.#furthest.set(event.event, event.step);
        return true;
      }
      default: {
        const key = keyOf(event);
        if (this.#told.has(key)) return false;
        this.#told.add(key);
        return true;
      }
    }
  }
}

function keyOf(event: RunEvent): string {
  switch (event.event) {
    // In a snapshot a finding is as it stands now, which may be more than was told.
    case 'finding':
      return `finding ${event.rule} ${event.layer ?? ''} ${event.step}`;
    case 'end':
      return 'end';
    default:
      return JSON.stringify(event);
  }
}
