import type { ChildProcess } from 'node:child_process';
import { isDeepStrictEqual } from 'node:util';
import type { RunConfig } from '../domain/config.ts';
import type { DataLook, LookAnswer, LookRequest } from '../protocol/data-look.ts';
import { systemClock } from '../system/clock.ts';
import { spawnDataLook } from '../system/processes.ts';

/** Milliseconds without a change before data is looked at: a path or a number is typed as a whole. */
const SETTLED = 150;
/** After this many milliseconds files may have changed: the next keystroke has them looked at again. */
const FRESH = 10_000;
/** Milliseconds until data with a problem is looked at again: whoever puts the files there need not type. */
const AGAIN = 3000;
/** Milliseconds that the process waits for another file. */
const IDLE = 60_000;

interface Watched {
  /** All that the answer depends on in the run file. */
  readonly key: string;
  readonly config: RunConfig;
  /** What was found last of the same source. */
  readonly look: DataLook | undefined;
  /** When it was found, in milliseconds of this process; absent while `look` is of other settings of the same source. */
  readonly foundAt?: number;
  readonly timer?: NodeJS.Timeout;
}

const keyOf = ({ data, seed, train, network }: RunConfig): string =>
  JSON.stringify([data, seed, train.batchSize, network.input, network.layers.at(-1)]);

export interface DataLookOptions {
  /** Something else than before was found of a file's data. */
  readonly onChange: (uri: string) => void;
  /** Looking went wrong, by no fault of the data. */
  readonly onFault: (message: string) => void;
}

/** The data of the open run files as a process of its own sees it; what was found is remembered, and looked up without waiting. */
export class DataLooks {
  readonly #options: DataLookOptions;
  readonly #watched = new Map<string, Watched>();
  readonly #asked = new Map<number, { readonly uri: string; readonly key: string }>();
  #child: ChildProcess | undefined;
  #idle: NodeJS.Timeout | undefined;
  #next = 0;

  constructor(options: DataLookOptions) {
    this.#options = options;
  }

  /** What is known of the data that a file names; nothing until it has been looked at. */
  known(uri: string, { data }: RunConfig): DataLook {
    const watched = this.#watched.get(uri);
    return (watched?.config.data?.source === data?.source && watched?.look) || {};
  }

  /** Have a file's data looked at where it is not known as the file is now. */
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
    this.#asked.set(id, { uri, key });
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
      this.#options.onFault(`The process that looks at data ended (${signal ?? code}).`);
      this.#askAgain();
    });
    // It waits for this process, not this process for it.
    child.unref();
    child.channel?.unref();
    return child;
  }

  /** Without this, what was asked of a process that has ended would never be asked again. */
  #askAgain(): void {
    for (const { uri } of this.#asked.values()) {
      const watched = this.#watched.get(uri);
      if (watched) this.#wait(uri, watched, AGAIN);
    }
    this.#asked.clear();
  }

  #take(answer: LookAnswer): void {
    const asked = this.#asked.get(answer.id);
    this.#asked.delete(answer.id);
    if (this.#asked.size === 0) this.#idle = setTimeout(() => this.#end(), IDLE).unref();
    if ('fault' in answer) return this.#options.onFault(answer.fault);
    const watched = asked && this.#watched.get(asked.uri);
    // Meanwhile the file was closed, or says something else.
    if (!watched || watched.key !== asked.key) return;
    const { look } = answer;
    const { key, config } = watched;
    const found = { key, config, look, foundAt: systemClock.monotonic() };
    if (look.problem) this.#wait(asked.uri, found, AGAIN);
    else this.#watched.set(asked.uri, found);
    if (!isDeepStrictEqual(watched.look, look)) this.#options.onChange(asked.uri);
  }

  #end(): void {
    clearTimeout(this.#idle);
    const child = this.#child;
    this.#child = undefined;
    child?.disconnect();
  }
}
