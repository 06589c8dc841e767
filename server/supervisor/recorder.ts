/**
 * The way of every change into the store. Changes are gathered for a moment and written in one transaction, in order;
 * views are told once they are on disk. While the disk is full nothing is lost: changes wait, whoever asked for a commit
 * waits with them (and so does the trainer), and writing is tried again until it succeeds.
 */
import { errorText, type Log } from './log.ts';
import { isStorageTrouble } from './store/database.ts';
import type { Operation } from './store/operations.ts';
import type { Applied, RunStore } from './store/store.ts';

/** How long changes are gathered, ms: views lag by no more, and the disk is waited for ten times a second at most. */
const GATHER_MS = 100;
/** How long to wait before a write that the disk refused is tried again, ms. */
const RETRY_MS = 1000;

export interface RecorderOptions {
  store: RunStore;
  log: Log;
  /** Changes are on disk. */
  onApplied: (applied: Applied) => void;
  /** A change makes no sense (a step twice): it was left out. The trainer that sent it is at fault. */
  onRefused: (operation: Operation, error: Error) => void;
  /** Writing has begun to fail, or succeeds again. */
  onTrouble: () => void;
}

export class Recorder {
  readonly #options: RecorderOptions;
  #waiting: Operation[] = [];
  #committing: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;
  #trouble: string | undefined;
  #closed = false;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  /** What keeps changes from being written, for the user, or undefined. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** Add a change; it is written within a moment. */
  record(...operations: Operation[]): void {
    this.#waiting.push(...operations);
    this.#timer ??= setTimeout(() => this.write(), GATHER_MS);
  }

  /** Add changes and wait until they, and all before them, are on disk: for as long as it takes. */
  commit(...operations: Operation[]): Promise<void> {
    this.#waiting.push(...operations);
    return new Promise((resolve) => {
      this.#committing.push(resolve);
      if (this.#trouble === undefined) this.write();
    });
  }

  /** Write what waits, now; what is read from the store afterwards is up to date, unless the disk is full. */
  write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#closed) return;
    // Those who are told below may record more: that begins a new list.
    const operations = this.#waiting;
    this.#waiting = [];
    const refused: [Operation, Error][] = [];
    try {
      this.#apply(operations, refused);
    } catch (error) {
      this.#waiting = [...operations, ...this.#waiting];
      this.#wait(error);
      return;
    } finally {
      for (const [operation, error] of refused) this.#options.onRefused(operation, error);
    }
    if (this.#trouble !== undefined) {
      this.#trouble = undefined;
      this.#options.log.write('info', 'The store is writable again');
      this.#options.onTrouble();
    }
    for (const resolve of this.#committing.splice(0)) resolve();
  }

  /** Write what waits and take nothing more. */
  close(): void {
    this.write();
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  /** Write operations; takes those out of the list that were written or refused. Throws what the disk says. */
  #apply(operations: Operation[], refused: [Operation, Error][]): void {
    if (operations.length === 0) return;
    const { store, log, onApplied } = this.#options;
    let applied: Applied;
    try {
      applied = store.apply(operations);
    } catch (error) {
      if (isStorageTrouble(error)) throw error;
      const [operation] = operations as [Operation];
      if (operations.length === 1) {
        log.write('error', 'A change was refused', { operation, error: errorText(error) });
        refused.push([operation, error as Error]);
        operations.shift();
        return;
      }
      // One of them is wrong: write the others, one by one.
      for (const one of operations.slice()) {
        this.#apply([one], refused);
        operations.shift();
      }
      return;
    }
    operations.length = 0;
    onApplied(applied);
  }

  #wait(error: unknown): void {
    const message = `Waiting to write the run store: ${(error as Error).message}. Free space on the disk; the run then continues.`;
    if (this.#trouble === undefined) this.#options.log.write('error', message);
    const changed = this.#trouble !== message;
    this.#trouble = message;
    this.#timer = setTimeout(() => this.write(), RETRY_MS);
    if (changed) this.#options.onTrouble();
  }
}
