/** One trainer at a time, first come first served. The queue itself is in the store: a new server finds it there. */

import { formatCount } from '../domain/numbers/format.ts';
import { type BeforeResume, Life, type LifeOptions } from './life.ts';
import { endEvent } from './life-messages.ts';
import type { Operation } from './store/operations.ts';

export class Queue {
  readonly #options: LifeOptions;
  /** Runs that an earlier server was working on when it ended. */
  readonly #recovered = new Set<string>();
  /** What runs were before they were resumed: what a resume that fails goes back to. */
  readonly #resumed = new Map<string, BeforeResume>();
  #life: Life | undefined;
  #closed = false;

  constructor(options: LifeOptions) {
    this.#options = options;
  }

  /**
   * Go on with what an earlier server left: what was running comes first; what was being stopped is stopped. `copied`: the store is the
   * copy of another, whose trainers it names; they are not to be waited for, let alone ended.
   */
  recover({ copied }: { copied: boolean }): void {
    const { store, recorder } = this.#options;
    const operations = store.recordsIn('running').flatMap((record): Operation[] => {
      if (!record.stopAsked) {
        this.#recovered.add(record.id);
        const { id: run, deaths, furthestStep } = record;
        const forgotten: Operation[] = copied ? [{ kind: 'death', run, deaths, furthestStep }] : [];
        return [...forgotten, { kind: 'queue', run, place: 'front' }];
      }
      const message =
        'The training server ended while it was being stopped: the run continues from its last checkpoint.';
      const event = endEvent(store, record.id, { state: 'stopped', seconds: record.seconds, message });
      return [{ kind: 'event', run: record.id, event, origin: 'server' }];
    });
    // Where the disk is full they wait with all that comes later; the queue goes on once they are written.
    recorder.record(...operations);
    recorder.write();
  }

  /** A user resumes a run, which may extend it. */
  resumed(run: string, before: BeforeResume): void {
    this.#resumed.set(run, before);
  }

  /** Start the next run if none is being worked on. */
  pump(): void {
    if (this.#life || this.#closed) return;
    const [next] = this.#options.store.recordsIn('queued');
    if (!next) return;
    const recovered = this.#recovered.delete(next.id);
    const reason = recovered ? { reason: `The training server ended at step ${formatCount(next.step)}` } : {};
    const before = this.#resumed.get(next.id);
    this.#resumed.delete(next.id);
    const life = new Life(next.id, { ...this.#options, ...reason, ...(before && { before }) });
    this.#life = life;
    void life.gone.then(() => {
      this.#life = undefined;
      this.pump();
    });
  }

  /** Whether there is work. */
  get busy(): boolean {
    return this.#life !== undefined;
  }

  /** What a run waits for, for the user; undefined where it goes on. */
  waitingFor(run: string): string | undefined {
    return this.isWorkingOn(run) ? this.#life?.waiting : undefined;
  }

  /** Whether a trainer works on this run, or is about to. */
  isWorkingOn(run: string): boolean {
    return this.#life?.run === run && !this.#life.hasSettled;
  }

  /** End a run; resolves once it has its final state. Runs that have ended stay as they are. */
  async stop(run: string): Promise<void> {
    const { store, recorder } = this.#options;
    if (this.isWorkingOn(run)) {
      this.#life?.stop();
      await this.#life?.settled;
      return;
    }
    const record = store.record(run);
    if (record.state !== 'queued') return;
    const event = endEvent(store, run, { state: 'stopped', seconds: record.seconds });
    await recorder.commit({ kind: 'event', run, event, origin: 'server' });
  }

  /** Something that the trainer of this run said can't be stored. */
  refuse(run: string, message: string): void {
    if (this.isWorkingOn(run)) this.#life?.fail(message);
  }

  /** Let go of the trainer; runs stay as they are in the store. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#life?.abandon();
  }
}
