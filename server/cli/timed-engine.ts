/** An engine in a process of its own that is timed from here. */
import type { ChildProcess } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RunFailure } from '../run-file/run-failure.ts';
import { processFile, spawnTrainer } from '../system/processes.ts';
import type { OpenTimer, TimedEngine, TimerReply, TimeTask } from '../timing/step-timer.ts';
import type { TimedTask } from '../timing/time-steps.ts';

/** The process, until `close`. */
export class EngineTimer {
  readonly #child: ChildProcess;
  readonly #log: { readonly folder: string; readonly file: string };
  #memory = 0;

  private constructor() {
    const folder = mkdtempSync(join(tmpdir(), 'rectiscope-bench-'));
    this.#log = { folder, file: join(folder, 'log') };
    const log = openSync(this.#log.file, 'w');
    this.#child = spawnTrainer({ file: processFile('step-timer'), log, folder });
    closeSync(log);
  }

  /** Throws a RunFailure that says what to do where this machine has no such engine. */
  static async open(request: Omit<OpenTimer, 'type'>): Promise<{ timer: EngineTimer; engine: TimedEngine }> {
    const timer = new EngineTimer();
    try {
      const reply = await timer.#ask({ type: 'open', ...request });
      if (reply.type !== 'opened') throw new Error(`the step timer answered ${reply.type}`);
      return { timer, engine: reply.engine };
    } catch (error) {
      timer.close();
      throw error;
    }
  }

  /** Milliseconds of each of `count` times, in order. */
  async time(task: TimedTask, count: number): Promise<readonly number[]> {
    const reply = await this.#ask({ type: 'time', task, count });
    if (reply.type !== 'times') throw new Error(`the step timer answered ${reply.type}`);
    this.#memory = reply.memory;
    return reply.milliseconds;
  }

  /** The most memory that the process had resident by the end of the last task, bytes. */
  get memory(): number {
    return this.#memory;
  }

  close(): void {
    this.#child.kill();
    rmSync(this.#log.folder, { recursive: true, force: true });
  }

  async #ask(message: OpenTimer | TimeTask): Promise<TimerReply> {
    const child = this.#child;
    const { promise, resolve, reject } = Promise.withResolvers<TimerReply>();
    const ended = () => {
      const written = readFileSync(this.#log.file, 'utf8').trim();
      reject(new RunFailure(`The process that times steps exited without an answer. ${written}`.trimEnd()));
    };
    child.once('message', resolve).once('exit', ended).once('error', reject);
    child.send(message);
    try {
      const reply = await promise;
      if (reply.type === 'refused') throw new RunFailure(reply.message);
      return reply;
    } finally {
      child.off('message', resolve).off('exit', ended).off('error', reject);
    }
  }
}
