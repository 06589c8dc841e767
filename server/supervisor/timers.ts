/** Time in the life of a run: what is to happen later, and how long was trained. */
import type { Clock } from '../system/clock.ts';

/** Actions that wait, all of which can be called off. */
export class Timers {
  readonly #waiting = new Set<NodeJS.Timeout>();
  #closed = false;

  after(milliseconds: number, action: () => void): void {
    if (this.#closed) return;
    const timer = setTimeout(() => {
      this.#waiting.delete(timer);
      action();
    }, milliseconds);
    this.#waiting.add(timer);
  }

  /** Call off everything that waits. */
  clear(): void {
    for (const timer of this.#waiting) clearTimeout(timer);
    this.#waiting.clear();
  }

  /** Call off everything, and take nothing more. */
  close(): void {
    this.clear();
    this.#closed = true;
  }
}

/** Seconds of training over all trainers of a run; loading and waiting are none. */
export class TrainingTime {
  readonly #clock: Clock;
  #before = 0;
  #since: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What was trained before this life. */
  set(seconds: number): void {
    this.#before = seconds;
  }

  start(): void {
    this.stop();
    this.#since = this.#clock.monotonic();
  }

  stop(): void {
    this.#before = this.seconds;
    this.#since = undefined;
  }

  get seconds(): number {
    return this.#before + (this.#since === undefined ? 0 : (this.#clock.monotonic() - this.#since) / 1000);
  }
}
