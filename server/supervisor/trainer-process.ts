/**
 * One trainer process: started, talked to over its IPC channel, its output kept in a log of limited size, its silence
 * noticed. It ends by itself when the channel closes; it is killed only where the caller says so.
 */
import type { ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { FromTrainer, ToTrainer } from '../protocol/trainer.ts';
import type { Clock } from '../system/clock.ts';
import { spawnTrainer } from '../system/processes.ts';
import { limitOutput, openOutput } from './log.ts';
import { isStopped, processBirth } from './process-birth.ts';
import { describeExit } from './restart.ts';

/** Name of the log in a run's folder. */
export const TRAINER_LOG = 'trainer.log';

const WATCH_MS = 1000;

export interface TrainerOptions {
  /** The program (`processFile('trainer')`; tests give their own). */
  file: string;
  /** The run's folder; made if it is not there. */
  folder: string;
  clock: Clock;
  onMessage: (message: FromTrainer) => void;
  /** It has ended; how, for people. */
  onExit: (how: string) => void;
  /** It has said nothing for unusually long (milliseconds). Told once a silence. */
  onSilence: (milliseconds: number) => void;
}

export class TrainerProcess {
  /** Undefined where it could not be started. */
  readonly pid: number | undefined;
  /** As `processBirth` gives it; empty where the system does not say. */
  readonly birth: Promise<string>;
  readonly #child: ChildProcess;
  readonly #clock: Clock;
  readonly #watch: NodeJS.Timeout;
  #lastHeard: number;
  #longestPause = 0;
  #silenceTold = false;
  #letGo = false;
  #exited = false;

  constructor(options: TrainerOptions) {
    this.#clock = options.clock;
    mkdirSync(options.folder, { recursive: true });
    const logFile = join(options.folder, TRAINER_LOG);
    const log = openOutput(logFile);
    try {
      this.#child = spawnTrainer({ file: options.file, log, folder: options.folder });
    } finally {
      closeSync(log);
    }
    this.pid = this.#child.pid;
    this.birth = this.pid === undefined ? Promise.resolve('') : processBirth(this.pid).then((birth) => birth ?? '');
    this.#lastHeard = this.#clock.monotonic();
    this.#child.on('message', (message) => {
      this.#hear();
      options.onMessage(message as FromTrainer);
    });
    const exit = (how: string) => {
      if (this.#exited) return;
      this.#exited = true;
      clearInterval(this.#watch);
      options.onExit(how);
    };
    // `close` comes after the channel has been read to its end: its last words are heard before its death is.
    this.#child.on('close', (code, signal) => exit(describeExit(code, signal)));
    // A channel that this side has closed is never read to its end, and `close` never comes.
    this.#child.on('exit', (code, signal) => {
      if (this.#letGo) exit(describeExit(code, signal));
    });
    this.#child.on('error', (error) => {
      if (this.pid === undefined) exit(`could not be started (${error.message})`);
    });
    this.#watch = setInterval(() => {
      limitOutput(logFile);
      this.#noticeSilence(options.onSilence);
    }, WATCH_MS);
  }

  /** Say something; nothing happens where it has ended: `onExit` tells. */
  send(message: ToTrainer): void {
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  /** Close the channel: it ends when it notices. */
  disconnect(): void {
    this.#letGo = true;
    if (this.#child.connected) this.#child.disconnect();
  }

  /** End it at once. A process that is stopped (SIGSTOP, a debugger) is somebody's and left alone; false then. */
  kill(): boolean {
    if (this.#exited || this.pid === undefined) return true;
    if (isStopped(this.pid)) return false;
    this.#child.kill('SIGKILL');
    return true;
  }

  #hear(): void {
    const now = this.#clock.monotonic();
    this.#longestPause = Math.max(this.#longestPause, now - this.#lastHeard);
    this.#lastHeard = now;
    this.#silenceTold = false;
  }

  #noticeSilence(tell: (milliseconds: number) => void): void {
    const silence = this.#clock.monotonic() - this.#lastHeard;
    if (this.#silenceTold || silence < unusualSilence(this.#longestPause)) return;
    this.#silenceTold = true;
    tell(silence);
  }
}

/** A silence is unusual at three times the longest pause so far, and never under ten seconds (reliability, row 8). */
export const unusualSilence = (longestPause: number): number => Math.max(10_000, 3 * longestPause);
