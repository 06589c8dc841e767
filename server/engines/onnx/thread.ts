/** The main thread's side of a worker thread of onnxruntime. */
import { Worker } from 'node:worker_threads';
import type { StepRate } from '../../domain/optimizers/optimizer.ts';
import { processFile } from '../../system/processes.ts';
import type { FromThread, Share, ToThread } from './task.ts';
import type { TaskName, Tasks } from './tasks.ts';

export class SessionThread {
  readonly #worker: Worker;
  readonly #tasks: Tasks;
  readonly #prepared = new Set<TaskName>();
  #waiting: { resolve: () => void; reject: (error: Error) => void } | undefined;
  #broken: Error | undefined;

  /** Each task is made when it is first prepared or run: a short run may never evaluate. */
  constructor(tasks: Tasks, share: Share) {
    this.#tasks = tasks;
    this.#worker = new Worker(processFile('onnx-worker'), { workerData: share });
    this.#worker.on('message', (reply: FromThread) => {
      if ('failed' in reply) this.#fail(new Error(reply.failed));
      else this.#settle()?.resolve();
    });
    this.#worker.on('error', (error) => this.#fail(error instanceof Error ? error : new Error(String(error))));
    this.#worker.on('exit', () => this.#fail(new Error('a worker thread of onnxruntime exited')));
  }

  /** Starts making the session of a task: the caller can do other work meanwhile. */
  prepare(name: TaskName): void {
    if (this.#prepared.has(name)) return;
    const make = this.#tasks.get(name);
    if (!make) throw new Error(`this thread has no ${name}`);
    this.#prepared.add(name);
    this.#post({ prepare: name, task: make() });
  }

  /** Resolves when the results are in shared memory. One call at a time. */
  run(name: TaskName): Promise<void> {
    this.prepare(name);
    return this.#ask({ run: name });
  }

  /** Resolves when its share of the parameters is updated; on a probed step, its squares are summed, too. */
  update(at: StepRate, { probe }: { probe: boolean }): Promise<void> {
    return this.#ask({ update: at, probe });
  }

  #ask(message: ToThread): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#broken) return reject(this.#broken);
      this.#waiting = { resolve, reject };
      this.#post(message);
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
