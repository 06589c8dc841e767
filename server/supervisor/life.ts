/**
 * The life of a run from the start of its first trainer until it has a final state: trainers that die are started again
 * from the last checkpoint. A run is `running` in the store exactly while a trainer works on it.
 */
import { join } from 'node:path';
import { formatCount } from '../domain/numbers/format.ts';
import type { EndEvent, RunEvent, RunState } from '../protocol/events.ts';
import { isOver } from '../protocol/run-state.ts';
import type { FailedMessage, FromTrainer, RewindMessage } from '../protocol/trainer.ts';
import type { Clock } from '../system/clock.ts';
import { endEvent, startMessage } from './life-messages.ts';
import { errorText, type Log } from './log.ts';
import type { Patience } from './patience.ts';
import { isAlive, outlast } from './process-birth.ts';
import type { Recorder } from './recorder.ts';
import { afterDeath, givenUp } from './restart.ts';
import type { RunRecord } from './store/runs.ts';
import type { RunStore } from './store/store.ts';
import { Timers, TrainingTime } from './timers.ts';
import { TRAINER_LOG, TrainerProcess } from './trainer-process.ts';

/** A run that has ended, as a resume finds it. */
export type BeforeResume = Pick<RunRecord, 'state' | 'extraEpochs'>;

export interface LifeOptions {
  store: RunStore;
  recorder: Recorder;
  log: Log;
  clock: Clock;
  trainerFile: string;
  patience: Patience;
  /** The run waits for something, or goes on. */
  onWaiting: () => void;
  /** Why the run is taken up again, where it was running before: told to the user. */
  reason?: string;
  /** What it was before a user resumed it: a trainer that can't go on leaves it so. */
  before?: BeforeResume;
}

export class Life {
  readonly run: string;
  /** The final state is on disk. */
  readonly settled: Promise<void>;
  /** Settled, and no process of it is left; or given up by `abandon`. Never rejects. */
  readonly gone: Promise<void>;
  readonly #options: LifeOptions;
  readonly #settle = Promise.withResolvers<void>();
  readonly #go = Promise.withResolvers<void>();
  readonly #timers = new Timers();
  readonly #time: TrainingTime;
  #trainer: TrainerProcess | undefined;
  /** Why the present trainer was started, where the run had begun before; a notice once it has rewound. */
  #reason: string | undefined;
  /** A trainer has found what it needs and goes on. */
  #begun = false;
  #stopAsked = false;
  #ending = false;
  #settled = false;
  #abandoned = false;
  /** What the trainer waits for, for the user; undefined where it works. */
  #waiting: string | undefined;

  constructor(run: string, options: LifeOptions) {
    this.run = run;
    this.#options = options;
    this.#reason = options.reason;
    this.#time = new TrainingTime(options.clock);
    this.settled = this.#settle.promise;
    this.gone = this.#go.promise.then(() => this.#timers.close());
    this.#guard(this.#begin());
  }

  /** What the run waits for; undefined where it goes on. */
  get waiting(): string | undefined {
    return this.#waiting;
  }

  get hasSettled(): boolean {
    return this.#settled;
  }

  /** Ask the trainer to write a checkpoint and end. */
  stop(): void {
    if (this.#stopAsked || this.#ending) return;
    this.#stopAsked = true;
    this.#options.recorder.record({ kind: 'stop', run: this.run });
    this.#trainer?.send({ type: 'stop' });
    this.#killAfter(this.#options.patience.stop);
  }

  /** End the run: its trainer said something that can't be. No fault of the run file, so that it is no failure of the run. */
  fail(message: string): void {
    this.#guard(this.#end('interrupted', message));
    this.#killAfter(0);
  }

  /** The server closes: leave the run as it is. Its trainer ends by itself; resolves when it has, or after a moment. */
  async abandon(): Promise<void> {
    this.#abandoned = true;
    this.#timers.close();
    if (!this.#trainer) this.#go.resolve();
    this.#trainer?.disconnect();
    let timer: NodeJS.Timeout | undefined;
    const moment = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, 2000);
    });
    await Promise.race([this.gone, moment]);
    clearTimeout(timer);
  }

  async #begin(): Promise<void> {
    const { store, log, patience } = this.#options;
    const record = store.record(this.run);
    this.#time.set(record.seconds);
    if (record.trainer && (await isAlive(record.trainer))) {
      log.write('info', 'Waiting for the trainer of an earlier server to end', { run: this.run, ...record.trainer });
      await outlast(record.trainer, patience.orphan);
    }
    await this.#startTrainer();
  }

  async #startTrainer(): Promise<void> {
    const { store, recorder, log, clock, trainerFile } = this.#options;
    if (this.#abandoned) return this.#go.resolve();
    if (this.#stopAsked) return this.#endBeforeStart();
    const record = store.record(this.run);
    const folder = store.runFolder(this.run);
    const trainer = new TrainerProcess({
      file: trainerFile,
      folder,
      clock,
      onMessage: (message) => this.#guard(this.#hear(message)),
      onExit: (how) => this.#guard(this.#trainerEnded(how)),
      onSilence: (milliseconds) => this.#tellSilence(milliseconds),
    });
    this.#trainer = trainer;
    if (trainer.pid === undefined) return;
    log.write('info', 'A trainer was started', { run: this.run, pid: trainer.pid, step: record.step });
    // Its number is on disk before it works: a server that comes after this one knows whom to wait for.
    await recorder.commit({ kind: 'trainer', run: this.run, pid: trainer.pid, birth: await trainer.birth });
    trainer.send(startMessage(record, { folder, endedStep: store.endedStep(this.run) }));
    if (this.#stopAsked) trainer.send({ type: 'stop' });
  }

  async #endBeforeStart(): Promise<void> {
    await this.#end('stopped');
    this.#go.resolve();
  }

  async #hear(message: FromTrainer): Promise<void> {
    if (this.#abandoned) return;
    // A trainer waits for the answer to its last commit, which comes after the run's end, before it goes.
    if (this.#ending && message.type !== 'commit') return;
    const { recorder } = this.#options;
    switch (message.type) {
      case 'events':
        for (const event of message.events) this.#take(event);
        return;
      case 'commit':
        await recorder.commit();
        this.#trainer?.send({ type: 'committed', id: message.id });
        return;
      case 'waiting':
        this.#wait(message.why);
        return;
      case 'rewind':
        await this.#rewind(message);
        return;
      case 'failed':
        await this.#trainerFailed(message);
        return;
    }
  }

  #wait(why: string | undefined): void {
    if (why === this.#waiting) return;
    this.#waiting = why;
    this.#options.onWaiting();
  }

  #take(event: RunEvent): void {
    const { recorder } = this.#options;
    if (this.#ending) return;
    if (event.event === 'started') this.#time.start();
    if (event.event === 'end') {
      if (!isOver(event.state)) throw new Error(`A trainer ended its run as ${event.state}`);
      this.#guard(this.#finish(event));
      return;
    }
    recorder.record({ kind: 'event', run: this.run, event, origin: 'trainer', seconds: this.#time.seconds });
  }

  async #rewind(message: RewindMessage): Promise<void> {
    const { recorder } = this.#options;
    this.#begun = true;
    recorder.record({ kind: 'rewind', run: this.run, step: message.step });
    if (this.#reason !== undefined) {
      const from =
        message.step === 0 ? 'starts over' : `continues from the checkpoint of step ${formatCount(message.step)}`;
      this.#notice(message.step, `${this.#reason}; the run ${from}.`);
      this.#reason = undefined;
    }
    await recorder.commit();
    this.#trainer?.send({ type: 'committed', id: message.id });
  }

  async #trainerFailed({ message, detail, state = 'failed' }: FailedMessage): Promise<void> {
    this.#options.log.write('error', 'A run can’t continue', { run: this.run, message, detail, state });
    this.#killAfter(this.#options.patience.end);
    const { before, recorder } = this.#options;
    if (!before || this.#begun) return this.#end(state, message);
    recorder.record({ kind: 'extension', run: this.run, extraEpochs: before.extraEpochs });
    await this.#end(before.state, `It could not be resumed. ${message}`, { refused: true });
  }

  async #trainerEnded(how: string): Promise<void> {
    const { store, recorder, log, patience } = this.#options;
    this.#time.stop();
    this.#wait(undefined);
    this.#trainer = undefined;
    this.#timers.clear();
    if (this.#ending && !this.#abandoned) await this.settled;
    if (this.#ending || this.#abandoned) return this.#go.resolve();
    await recorder.commit();
    const { step, deaths, furthestStep } = store.record(this.run);
    log.write('warning', 'A trainer died', { run: this.run, step, how });
    if (this.#stopAsked) {
      await this.#end(
        'stopped',
        `The trainer ${how} while it was being stopped: the run continues from its last checkpoint.`,
      );
      return this.#go.resolve();
    }
    const verdict = afterDeath({ deaths, furthestStep, step });
    await recorder.commit({ kind: 'death', run: this.run, deaths: verdict.deaths, furthestStep: verdict.furthestStep });
    if (!verdict.restart) {
      const place = {
        deaths: verdict.deaths,
        step: verdict.furthestStep,
        log: join(store.runFolder(this.run), TRAINER_LOG),
      };
      await this.#end('interrupted', givenUp(how, place));
      return this.#go.resolve();
    }
    this.#reason = `The trainer ${how} at step ${formatCount(step)}`;
    this.#timers.after(patience.restart * verdict.deaths, () => this.#guard(this.#startTrainer()));
  }

  /** The trainer's own end: it knows the figures; the time over all restarts is ours. */
  async #finish(event: EndEvent): Promise<void> {
    if (this.#ending) return;
    this.#ending = true;
    const seconds = this.#time.seconds;
    this.#killAfter(this.#options.patience.end);
    const end: EndEvent = { ...event, run: this.run, seconds };
    await this.#options.recorder.commit({ kind: 'event', run: this.run, event: end, origin: 'trainer', seconds });
    this.#settled = true;
    this.#settle.resolve();
  }

  /** An end that the trainer did not tell. */
  async #end(state: RunState, message?: string, { refused = false } = {}): Promise<void> {
    if (this.#ending) return;
    this.#ending = true;
    const { store, recorder } = this.#options;
    await recorder.commit();
    const event = endEvent(store, this.run, {
      state,
      seconds: this.#time.seconds,
      refused,
      ...(message ? { message } : {}),
    });
    await recorder.commit({ kind: 'event', run: this.run, event, origin: 'server', seconds: event.seconds });
    this.#settled = true;
    this.#settle.resolve();
  }

  #notice(step: number, message: string): void {
    const event: RunEvent = { event: 'notice', run: this.run, step, message };
    this.#options.recorder.record({ kind: 'event', run: this.run, event, origin: 'server' });
  }

  #tellSilence(milliseconds: number): void {
    if (this.#ending || this.#abandoned) return;
    const { step } = this.#options.store.record(this.run);
    const seconds = Math.round(milliseconds / 1000);
    const message = `The trainer (process ${this.#trainer?.pid}) has not responded for ${seconds} s. It may be suspended, waiting for memory, or busy; it is left running.`;
    this.#notice(step, message);
  }

  /** Kill the trainer after a time, unless it has ended; one that is stopped by a signal is asked after again. */
  #killAfter(milliseconds: number): void {
    this.#timers.after(milliseconds, () => {
      if (this.#trainer && !this.#trainer.kill()) this.#killAfter(Math.max(1000, milliseconds));
    });
  }

  /** A fault of ours ends this run, not the server. */
  #guard(work: Promise<void>): void {
    work.catch(async (error: unknown) => {
      this.#options.log.write('error', 'The life of a run failed', { run: this.run, error: errorText(error) });
      this.#killAfter(0);
      try {
        await this.#end('interrupted', `The training server could not continue it: ${(error as Error).message}`);
      } catch (second) {
        this.#options.log.write('error', 'A run could not be ended', { run: this.run, error: errorText(second) });
      }
      if (!this.#trainer) this.#go.resolve();
    });
  }
}
