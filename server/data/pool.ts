/** The worker threads that prepare examples. */
import { Worker } from 'node:worker_threads';
import { RunFailure } from '../run-file/run-failure.ts';
import { processFile } from '../system/processes.ts';
import type { ExamplesOptions } from './examples.ts';
import type { FromWorker, Results, Setting, Task, ToWorker } from './task.ts';

interface Waiting {
  readonly resolve: (result: never) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Some workers, which get tasks in turn. A task is handed over at once, since the trainer's own thread may stand still
 * during a step; a worker does its tasks in order.
 */
export class Pool {
  readonly size: number;
  readonly #workers: readonly Worker[];
  readonly #waiting = new Map<number, Waiting>();
  readonly #options: ExamplesOptions;
  #next = 0;
  #broken: Error | undefined;

  constructor(options: ExamplesOptions, size: number) {
    this.size = size;
    this.#options = options;
    this.#workers = Array.from({ length: size }, () => {
      const worker = new Worker(processFile('data-worker'), { workerData: options });
      worker.on('message', (message: FromWorker) => this.#receive(message));
      worker.on('error', (error) => this.#fail(error instanceof Error ? error : new Error(String(error))));
      worker.on('exit', () => this.#fail(new Error('a worker thread that reads images exited')));
      return worker;
    });
  }

  /** Have a task done; throws a RunFailure where an image is no longer what it was. */
  run<K extends keyof Results>(task: Extract<Task, { kind: K }>): Promise<Results[K]> {
    const id = this.#next++;
    return new Promise<Results[K]>((resolve, reject) => {
      if (this.#broken) return reject(this.#broken);
      this.#waiting.set(id, { resolve, reject });
      this.#workers[id % this.size]?.postMessage({ id, task } satisfies ToWorker);
    });
  }

  /** Tell every worker; it is known to all tasks that are asked for later. */
  tell(news: Setting): void {
    for (const worker of this.#workers) worker.postMessage(news satisfies ToWorker);
  }

  async close(): Promise<void> {
    this.#broken ??= new Error('the worker threads were closed');
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  #receive(message: FromWorker): void {
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if ('result' in message) return waiting?.resolve(message.result as never);
    if (!message.example) return waiting?.reject(new Error(message.failed));
    const set = this.#options.sets[message.example.set];
    const name = set?.kind === 'files' ? `${set.folder}/${set.paths[message.example.index]}` : 'an image';
    const advice = 'It was valid when the run started: restore it and resume the run.';
    waiting?.reject(new RunFailure(`${name} can no longer be used: ${message.failed}. ${advice}`, ['data', 'source']));
  }

  #fail(error: Error): void {
    this.#broken ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#broken);
    this.#waiting.clear();
  }
}
