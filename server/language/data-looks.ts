import type { ChildProcess } from 'node:child_process';
import { isDeepStrictEqual } from 'node:util';
import type { RunConfig } from '../domain/config.ts';
import type { DataLook, LookAnswer, LookRequest } from '../protocol/data-look.ts';
import { systemClock } from '../system/clock.ts';
import { spawnDataLook } from '../system/processes.ts';

/** Milliseconds without a change before data is checked: the user should finish typing a path or a number. */
const SETTLED = 150;
/** After this many milliseconds files may have changed: the next keystroke triggers another check. */
const FRESH = 10_000;
/** Milliseconds until data with a problem is checked again: the user may add files without typing. */
const AGAIN = 3000;
/** Milliseconds that the idle process waits for another file. */
const IDLE = 60_000;

interface Watched {
  /** Everything in the run file that the answer depends on. */
  readonly key: string;
  readonly config: RunConfig;
  /** The last result for the same source. */
  readonly look: DataLook | undefined;
  /** Time of the result, in milliseconds of this process; absent while `look` is for other settings of the same source. */
  readonly foundAt?: number;
  readonly timer?: NodeJS.Timeout;
}

const keyOf = ({ data, seed, train, network }: RunConfig): string =>
  JSON.stringify([data, seed, train.batchSize, network.input, network.layers.at(-1)]);

export interface DataLookOptions {
  /** The result for a file's data changed. */
  readonly onChange: (uri: string) => void;
  /** The check failed, through no fault of the data. */
  readonly onFault: (message: string) => void;
}

/** Checks the data of the open run files in a separate process; results are cached, and looked up without waiting. */
export class DataLooks {
  readonly #options: DataLookOptions;
  readonly #watched = new Map<string, Watched>();
  readonly #pending = new Map<number, { readonly uri: string; readonly key: string }>();
  #child: ChildProcess | undefined;
  #idle: NodeJS.Timeout | undefined;
  #next = 0;

  constructor(options: DataLookOptions) {
    this.#options = options;
  }

  /** The result for the data that a file names; undefined until it has been checked. */
  known(uri: string, { data }: RunConfig): DataLook {
    const watched = this.#watched.get(uri);
    return (watched?.config.data?.source === data?.source && watched?.look) || {};
  }

  /** Starts a check of a file's data unless there is a result for the file's current text. */
  watch(uri: string, config: RunConfig): void {
    if (!config.data) return this.forget(uri);
    const last = this.#watched.get(uri);
    const key = keyOf(config);
    const isOld = last?.foundAt !== undefined && systemClock.monotonic() - last.foundAt >= FRESH;
    if (last?.key === key && !isOld) return;
    this.#wait(uri, { key, config, look: this.known(uri, config) }, SETTLED);
  }

  forget(uri: string): void {
    clearTimeout(this.#watched.get(uri)?.timer);
    this.#watched.delete(uri);
  }

  close(): void {
    for (const uri of [...this.#watched.keys()]) this.forget(uri);
    this.#end();
  }

  #wait(uri: string, watched: Omit<Watched, 'timer'>, milliseconds: number): void {
    clearTimeout(this.#watched.get(uri)?.timer);
    const timer = setTimeout(() => this.#ask(uri, watched), milliseconds).unref();
    this.#watched.set(uri, { ...watched, timer });
  }

  #ask(uri: string, { key, config }: Watched): void {
    clearTimeout(this.#idle);
    const id = this.#next++;
    this.#pending.set(id, { uri, key });
    const request: LookRequest = { id, config };
    this.#running().send(request);
  }

  #running(): ChildProcess {
    if (this.#child) return this.#child;
    const child = spawnDataLook();
    this.#child = child;
    child.on('message', (answer: LookAnswer) => this.#take(answer));
    child.on('error', ({ message }) => this.#options.onFault(message));
    child.on('exit', (code, signal) => {
      if (this.#child !== child) return;
      this.#child = undefined;
      this.#options.onFault(`The process that checks data ended (${signal ?? code}).`);
      this.#askAgain();
    });
    // This process must not wait for it.
    child.unref();
    child.channel?.unref();
    return child;
  }

  /** Without this, requests to a process that has ended would never be repeated. */
  #askAgain(): void {
    for (const { uri } of this.#pending.values()) {
      const watched = this.#watched.get(uri);
      if (watched) this.#wait(uri, watched, AGAIN);
    }
    this.#pending.clear();
  }

  #take(answer: LookAnswer): void {
    const request = this.#pending.get(answer.id);
    this.#pending.delete(answer.id);
    if (this.#pending.size === 0) this.#idle = setTimeout(() => this.#end(), IDLE).unref();
    if ('fault' in answer) return this.#options.onFault(answer.fault);
    const watched = request && this.#watched.get(request.uri);
    // Meanwhile the file was closed or changed.
    if (!watched || watched.key !== request.key) return;
    const { look } = answer;
    const { key, config } = watched;
    const found = { key, config, look, foundAt: systemClock.monotonic() };
    if (look.problem) this.#wait(request.uri, found, AGAIN);
    else this.#watched.set(request.uri, found);
    if (!isDeepStrictEqual(watched.look, look)) this.#options.onChange(request.uri);
  }

  #end(): void {
    clearTimeout(this.#idle);
    const child = this.#child;
    this.#child = undefined;
    child?.disconnect();
  }
}
