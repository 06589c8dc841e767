/** A worker thread of onnxruntime, from outside. */
import { Worker } from 'node:worker_threads';
import { processFile } from '../../../processes.ts';
import type { FromThread, ToThread } from './task.ts';
import type { TaskName, Tasks } from './tasks.ts';

export class SessionThread {
  readonly #worker: Worker;
  readonly #tasks: Tasks;
  readonly #prepared = new Set<TaskName>();
  #waiting: { resolve: () => void; reject: (error: Error) => void } | undefined;
  #broken: Error | undefined;

  /** Each task is made when it is first prepared or run: a short run may never evaluate. */
  constructor(tasks: Tasks) {
    this.#tasks = tasks;
    this.#worker = new Worker(processFile('onnx-worker'));
    this.#worker.on('message', (reply: FromThread) => {
      if ('failed' in reply) this.#fail(new Error(reply.failed));
      else this.#settle()?.resolve();
    });
    this.#worker.on('error', (error) => this.#fail(error instanceof Error ? error : new Error(String(error))));
    this.#worker.on('exit', () => this.#fail(new Error('a worker thread of onnxruntime ended')));
  }

  /** Make the session of a task now: it takes time that there is something else to do in. */
  prepare(name: TaskName): void {
    if (this.#prepared.has(name)) return;
    const make = this.#tasks.get(name);
    if (!make) throw new Error(`this thread has no ${name}`);
    this.#prepared.add(name);
    this.#post({ prepare: name, task: make() });
  }

  /** Resolves when the results are in shared memory. One at a time. */
  run(name: TaskName, current: 0 | 1): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#broken) return reject(this.#broken);
      this.#waiting = { resolve, reject };
      this.prepare(name);
      this.#post({ run: name, current });
    });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #post(message: ToThread): void {
    this.#worker.postMessage(message);
  }

  #settle() {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    return waiting;
  }

  #fail(error: Error): void {
    this.#broken ??= error;
    this.#settle()?.reject(error);
  }
}
