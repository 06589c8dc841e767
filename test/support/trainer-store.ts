/** Drives the product's trainer as the training server does, with a store in memory, and kills it where a test says. */
import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { EndEvent, RunEvent } from '../../server/protocol/events.ts';
import type { FailedMessage, FromTrainer, ToTrainer } from '../../server/protocol/trainer.ts';
import { processFile } from '../../server/system/processes.ts';

/**
 * Told of every message before it is acted on. `true`: kill the trainer now, and forget what was not committed; a number:
 * act on it, and kill so many milliseconds later.
 */
export type Killer = (message: FromTrainer, store: TrainerStore) => boolean | number | Promise<boolean | number>;

export interface LifeOptions {
  readonly kill?: Killer;
  /** Told of every message, to answer it in one's own way. */
  readonly onMessage?: (message: FromTrainer, send: (message: ToTrainer) => void) => void;
  readonly backend?: 'onnx' | 'tensorflow';
  readonly extraEpochs?: number;
  readonly endedStep?: number;
  /** Another text than the store's. */
  readonly text?: string;
}

export interface LifeEnd {
  readonly end?: EndEvent;
  readonly failed?: FailedMessage;
  readonly killed: boolean;
  readonly code: number | null;
}

/** One run's rows and checkpoint folder: what a store keeps between the lives of its trainers. */
export class TrainerStore {
  readonly file: string;
  readonly text: string;
  readonly folder: string;
  /** On disk: what survives a kill. */
  rows: RunEvent[] = [];
  rewinds: number[] = [];
  #pending: RunEvent[] = [];

  constructor({ file, text, folder }: { file: string; text: string; folder: string }) {
    this.file = file;
    this.text = text;
    this.folder = folder;
  }

  /** Of the last row of a step. */
  get storedStep(): number {
    return this.rows.reduce((last, event) => (event.event === 'step' ? Math.max(last, event.step) : last), 0);
  }

  /** The rows of one kind, in order. */
  of<K extends RunEvent['event']>(kind: K): Extract<RunEvent, { event: K }>[] {
    return this.rows.filter((event): event is Extract<RunEvent, { event: K }> => event.event === kind);
  }

  /** Start a trainer and let it live until it ends or is killed. */
  live({
    kill = () => false,
    onMessage = () => {},
    backend = 'onnx',
    extraEpochs = 0,
    endedStep = 0,
    text = this.text,
  }: LifeOptions = {}): Promise<LifeEnd> {
    if (!existsSync(this.folder)) throw new Error(`there is no ${this.folder}`);
    const child = fork(processFile('trainer'), {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const send = (message: ToTrainer) => {
      if (child.connected) child.send(message);
    };
    let killed = false;
    let end: EndEvent | undefined;
    let failed: FailedMessage | undefined;
    const die = () => {
      if (child.exitCode !== null) return;
      killed = true;
      this.#pending = [];
      child.kill('SIGKILL');
    };
    // One message after the other, in order, also where the killer takes its time.
    let queue = Promise.resolve();
    const hear = async (message: FromTrainer) => {
      if (killed) return;
      onMessage(message, send);
      const verdict = await kill(message, this);
      if (verdict === true) return die();
      if (message.type === 'failed') failed = message;
      if (message.type === 'events') this.#pending.push(...message.events);
      if (message.type === 'rewind') this.#rewind(message.step);
      if (message.type === 'commit' || message.type === 'rewind') {
        this.#commit();
        send({ type: 'committed', id: message.id });
      }
      if (typeof verdict === 'number') setTimeout(die, verdict);
      if (message.type === 'events')
        end = message.events.find((event): event is EndEvent => event.event === 'end') ?? end;
    };
    child.on('message', (message: FromTrainer) => {
      queue = queue.then(() => hear(message));
    });
    const { file, folder, storedStep } = this;
    send({
      type: 'start',
      run: 'r-1',
      file,
      text,
      backend,
      device: backend === 'onnx' ? 'auto' : 'cpu',
      folder,
      storedStep,
      extraEpochs,
      endedStep,
    });
    return ended(child).then(async (code) => {
      await queue;
      return { ...(end && { end }), ...(failed && { failed }), killed, code };
    });
  }

  /** What was reported is on disk now. */
  #commit(): void {
    this.rows.push(...this.#pending);
    this.#pending = [];
  }

  #rewind(step: number): void {
    this.rewinds.push(step);
    this.#commit();
    this.rows = this.rows.filter((event) => !('step' in event) || event.step <= step);
  }
}

const ended = (child: ChildProcess) =>
  new Promise<number | null>((resolve) => child.on('exit', (code) => resolve(code)));
