/** A session over several machines, by TensorFlow's own distributed runtime: one graph whose nodes name the workers. */

import { integer, message, nested, text } from '../../formats/protobuf.ts';
import { RunFailure } from '../../run-file/run-failure.ts';
import { NO_OPTIONS, type SessionAddon, type SessionHandle } from '../../runtime/session-addon.ts';
import type { TensorFlowGraph } from './graph.ts';
import type { Feed, GraphSession } from './session.ts';
import { type WorkerStatus, workerStatus } from './worker-status.ts';

/** Time limits of a worker's answer, at the start and while it computes on all of its cores, milliseconds. */
const PATIENCE = { start: 5000, running: 10_000, close: 5000 };
/** Interval between two polls, milliseconds; a worker that misses this many in a row is lost. */
const ASK_EVERY = 2000;
const SILENCES = 3;

/** The workers' name in the graph. */
export const workerDevices = (workers: readonly string[]): string[] =>
  workers.map((_, task) => `/job:worker/task:${task}`);

/**
 * ConfigProto: cluster_def = 14, isolate_session_state = 15. The workers learn each other's addresses from this;
 * isolated, two runs on one worker have separate variables.
 */
const configuration = (workers: readonly string[]): Uint8Array => {
  const tasks = workers.map((address, task) => nested(2, [integer(1, task), text(2, address)]));
  return message([nested(14, [nested(1, [text(1, 'worker'), ...tasks])]), integer(15, true)]);
};

const named = (workers: readonly string[]): string =>
  workers.length === 1 ? `The worker ${workers[0]}` : `The workers ${workers.join(', ')}`;

/** The failure if workers do not answer; the run keeps its checkpoint. */
function unreachable(problems: ReadonlyMap<string, string>, when: 'start' | 'running'): RunFailure {
  const whys = [...new Set(problems.values())].join('; ');
  const [does, was] = problems.size === 1 ? ['does', 'was'] : ['do', 'were'];
  const what =
    when === 'start'
      ? `${named([...problems.keys()])} ${does} not answer: ${whys}.`
      : `${named([...problems.keys()])} ${was} lost during the run: ${whys}.`;
  const advice =
    'Start `rectiscope worker --listen HOST:PORT` there and `rectiscope resume RUN`, or continue on other machines: `rectiscope resume RUN --set "train.workers=[host:port]"`; `[]` is this machine alone.';
  return new RunFailure(`${what} ${advice}`, when === 'start' ? ['train', 'workers'] : undefined, 'interrupted');
}

/** The workers that do not answer, each with why. */
const problemsOf = (workers: readonly string[], statuses: readonly WorkerStatus[]): Map<string, string> =>
  new Map(
    workers.flatMap((address, i): [string, string][] => {
      const problem = statuses[i]?.problem;
      return problem === undefined ? [] : [[address, problem]];
    }),
  );

async function silent(workers: readonly string[], milliseconds: number): Promise<Map<string, string>> {
  return problemsOf(workers, await Promise.all(workers.map((address) => workerStatus(address, milliseconds))));
}

/** A call to a lost worker may never return, and an orderly exit would wait for its thread. */
const endHard = (): void => void process.kill(process.pid, 'SIGKILL');

export class WorkersSession implements GraphSession {
  readonly #addon: SessionAddon;
  readonly #session: SessionHandle;
  readonly #workers: readonly string[];
  readonly #lost = Promise.withResolvers<never>();
  readonly #silences = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #over = false;

  private constructor(addon: SessionAddon, graph: TensorFlowGraph, workers: readonly string[]) {
    this.#addon = addon;
    this.#workers = workers;
    this.#session = addon.open(graph.graphDef, `grpc://${workers[0]}`, configuration(workers));
    process.on('exit', endHard);
    // No call may be pending when a worker is lost; the next one then fails.
    this.#lost.promise.catch(() => undefined);
    this.#askLater();
  }

  /** Throws a RunFailure that names the workers that do not answer, within seconds. */
  static async open(
    addon: SessionAddon,
    graph: TensorFlowGraph,
    workers: readonly string[],
  ): Promise<{ session: WorkersSession; device: 'cpu' | 'cuda' }> {
    const statuses = await Promise.all(workers.map((address) => workerStatus(address, PATIENCE.start)));
    const problems = problemsOf(workers, statuses);
    if (problems.size > 0) throw unreachable(problems, 'start');
    const device = statuses.some(({ gpu }) => gpu) ? 'cuda' : 'cpu';
    return { session: new WorkersSession(addon, graph, workers), device };
  }

  /** Rejects with a RunFailure when a worker is lost, although TensorFlow may wait for it forever. */
  async run(feeds: readonly Feed[], fetches: readonly string[]): Promise<Float32Array[]> {
    const values = this.#addon.run(this.#session, feeds, fetches, NO_OPTIONS);
    try {
      return (await Promise.race([values, this.#lost.promise])) as Float32Array[];
    } catch (error) {
      if (error instanceof RunFailure) {
        // It may fail later, or never: its result is no longer awaited.
        values.catch(() => undefined);
        throw error;
      }
      this.#end();
      throw await this.#why(error as Error);
    }
  }

  /** Releases the workers. Lost ones can't be notified, and TensorFlow would wait for them. */
  async close(): Promise<void> {
    const isLost = this.#over;
    this.#end();
    if (isLost) return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), PATIENCE.close);
    });
    const closed = await Promise.race([this.#addon.close(this.#session), late]);
    clearTimeout(timer);
    if (closed !== 'late') process.off('exit', endHard);
  }

  #end(): void {
    this.#over = true;
    clearTimeout(this.#timer);
  }

  #askLater(): void {
    this.#timer = setTimeout(() => void this.#ask(), ASK_EVERY);
    // The training loop keeps the process alive, not this.
    this.#timer.unref();
  }

  async #ask(): Promise<void> {
    const problems = await silent(this.#workers, PATIENCE.running);
    if (this.#over) return;
    for (const address of this.#workers)
      this.#silences.set(address, problems.has(address) ? (this.#silences.get(address) ?? 0) + 1 : 0);
    const gone = new Map([...problems].filter(([address]) => (this.#silences.get(address) ?? 0) >= SILENCES));
    if (gone.size === 0) return this.#askLater();
    this.#end();
    this.#lost.reject(unreachable(gone, 'running'));
  }

  /** TensorFlow's error for the user: the lost worker, or TensorFlow's message. */
  async #why(error: Error): Promise<Error> {
    const problems = await silent(this.#workers, PATIENCE.start);
    if (problems.size > 0) return unreachable(problems, 'running');
    // Restarted meanwhile: it answers, but has lost the run's state.
    if (/UNAVAILABLE|ABORTED|restarted|not found|No worker known|handle|Socket closed/i.test(error.message))
      return new RunFailure(
        `A worker was lost during the run, though all of ${this.#workers.join(', ')} answer now: ${error.message.split('\n')[0]} Continue with \`rectiscope resume RUN\`.`,
        undefined,
        'interrupted',
      );
    return error;
  }
}
