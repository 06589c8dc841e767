/** A worker thread: makes the sessions of its tasks, runs them on shared memory, and updates its share of the parameters. */
import { parentPort, workerData } from 'node:worker_threads';
import type { StepRate } from '../../domain/optimizers/optimizer.ts';
import { optimizerOf } from '../../domain/optimizers/optimizers.ts';
import { createSession, floatTensor, type InferenceSession, intTensor, type Tensor } from './session.ts';
import type { FromThread, Share, SharedTensor, Task, ToThread } from './task.ts';
import { SQUARES, update } from './update.ts';

const share = workerData as Share;
const optimizer = optimizerOf(share.optimizer);

const tensors = (shared: Readonly<Record<string, SharedTensor>>): Record<string, Tensor> =>
  Object.fromEntries(
    Object.entries(shared).map(([name, { data, shape }]) => [
      name,
      data instanceof Float32Array ? floatTensor(data, shape) : intTensor(data, shape),
    ]),
  );

interface Prepared {
  readonly session: Promise<InferenceSession>;
  readonly feeds: Record<string, Tensor>;
  readonly fetches: Record<string, Tensor>;
}

const known = new Map<string, Prepared>();

function prepare(name: string, { model, session: options, feeds, fetches }: Task): void {
  const session = createSession(model, options);
  session.catch(() => undefined);
  known.set(name, { session, feeds: tensors(feeds), fetches: tensors(fetches) });
}

async function run(name: string): Promise<void> {
  const task = known.get(name);
  if (!task) throw new Error(`no task ${name}`);
  await (await task.session).run(task.feeds, task.fetches);
}

async function updateShare(at: StepRate, squares: boolean): Promise<void> {
  for (const [place, stretch] of share.stretches.entries())
    share.squares.set(update(stretch, { optimizer, at, squares }), place * SQUARES.length);
}

parentPort?.on('message', (message: ToThread) => {
  if ('prepare' in message) return prepare(message.prepare, message.task);
  const work = 'run' in message ? run(message.run) : updateShare(message.update, message.probe);
  work.then(
    () => parentPort?.postMessage({ done: true } satisfies FromThread),
    (error: unknown) => parentPort?.postMessage({ failed: String(error) } satisfies FromThread),
  );
});
