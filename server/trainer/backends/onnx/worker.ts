/** A worker thread: makes the sessions of its tasks, and runs them on shared memory. */
import { parentPort } from 'node:worker_threads';
import { createSession, floatTensor, type InferenceSession, intTensor, type Tensor } from './session.ts';
import type { Bindings, FromThread, SharedTensor, Task, ToThread } from './task.ts';

const tensors = (shared: Readonly<Record<string, SharedTensor>>): Record<string, Tensor> =>
  Object.fromEntries(
    Object.entries(shared).map(([name, { data, shape }]) => [
      name,
      data instanceof Float32Array ? floatTensor(data, shape) : intTensor(data, shape),
    ]),
  );

const bound = ({ feeds, fetches }: Bindings) => ({ feeds: tensors(feeds), fetches: tensors(fetches) });

interface Prepared {
  readonly session: Promise<InferenceSession>;
  readonly bindings: readonly [ReturnType<typeof bound>, ReturnType<typeof bound>];
}

const known = new Map<string, Prepared>();

function prepare(name: string, { model, session: options, bindings: [first, second] }: Task): void {
  const session = createSession(model, options);
  session.catch(() => undefined);
  known.set(name, { session, bindings: [bound(first), bound(second)] });
}

async function run(name: string, current: 0 | 1): Promise<void> {
  const task = known.get(name);
  if (!task) throw new Error(`no task ${name}`);
  const { feeds, fetches } = task.bindings[current];
  await (await task.session).run(feeds, fetches);
}

parentPort?.on('message', (message: ToThread) => {
  if ('prepare' in message) return prepare(message.prepare, message.task);
  run(message.run, message.current).then(
    () => parentPort?.postMessage({ done: true } satisfies FromThread),
    (error: unknown) => parentPort?.postMessage({ failed: String(error) } satisfies FromThread),
  );
});
