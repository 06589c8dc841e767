/** The trainer's end of the channel to the server. */
import type { RunEvent } from '../protocol/events.ts';
import type { FailedMessage, FromTrainer, ToTrainer } from '../protocol/trainer.ts';

/** Sends events, and waits until they are on disk where necessary. Without the server the trainer ends. */
export class Link {
  readonly #send: (message: FromTrainer) => void;
  readonly #waiting = new Map<number, () => void>();
  #next = 1;
  #stopAsked = false;

  constructor(send: (message: FromTrainer) => void) {
    this.#send = send;
  }

  /** The user asked the run to stop after its checkpoint. */
  get stopAsked(): boolean {
    return this.#stopAsked;
  }

  receive(message: ToTrainer): void {
    if (message.type === 'stop') this.#stopAsked = true;
    if (message.type === 'committed') {
      this.#waiting.get(message.id)?.();
      this.#waiting.delete(message.id);
    }
  }

  report(...events: RunEvent[]): void {
    this.#send({ type: 'events', events });
  }

  /** A heartbeat during long work. */
  alive(): void {
    this.#send({ type: 'events', events: [] });
  }

  /** Resolves when everything reported so far is in the store. */
  commit(): Promise<void> {
    return this.#ask((id) => ({ type: 'commit', id }));
  }

  /** Resolves when the store has deleted every later step. */
  rewind(step: number): Promise<void> {
    return this.#ask((id) => ({ type: 'rewind', id, step }));
  }

  /** The run waits, and why; undefined: it goes on. */
  waiting(why: string | undefined): void {
    this.#send({ type: 'waiting', ...(why !== undefined && { why }) });
  }

  failed(message: string, detail: string, state: FailedMessage['state'] & string = 'failed'): void {
    this.#send({ type: 'failed', message, detail, ...(state !== 'failed' && { state }) });
  }

  #ask(make: (id: number) => FromTrainer): Promise<void> {
    const id = this.#next++;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#send(make(id));
    });
  }
}
