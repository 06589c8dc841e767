/** A worker thread: forward and backward of one part of each batch. */
import { parentPort, workerData } from 'node:worker_threads';
import { VARIABLES } from './model.ts';
import type { PartData, PartReply, PartRequest, PartTask } from './part.ts';
import { createSession, floatTensor, type InferenceSession, intTensor, type Tensor } from './session.ts';

const { examples, input, classes, parameters, session: options, models, memory } = workerData as PartData;
const sessions = new Map<PartTask, Promise<InferenceSession>>();

/** Sessions are made when first needed: a short run may never evaluate. */
function session(task: PartTask): Promise<InferenceSession> {
  const known = sessions.get(task) ?? createSession(models[task], options);
  sessions.set(task, known);
  return known;
}

// The first step of a run is probed: this takes time that the trainer has something else to do in. A failure is told when it is needed.
session('probe').catch(() => undefined);

const images = floatTensor(memory.images, [examples, ...input]);
const logits = floatTensor(memory.logits, [examples, classes]);
const variables = memory.variables.map((all) => ({
  parameters: floatTensor(all.subarray(0, parameters), [parameters]),
}));
const gradientFeeds: Record<string, Tensor> = {
  images,
  labels: intTensor(memory.labels, [examples]),
  ...Object.fromEntries(
    memory.dropoutMasks.map(({ layer, units, data }) => [`dropout/${layer}`, floatTensor(data, [examples, units])]),
  ),
};
const gradientFetches: Record<string, Tensor> = {
  'fetch/loss': floatTensor(memory.loss, []),
  'fetch/logits': logits,
  'fetch/gradients': floatTensor(memory.gradients, [memory.gradients.length]),
};
const statistics = floatTensor(memory.statistics, [memory.statistics.length]);

async function run({ task, current }: PartRequest): Promise<void> {
  const fed = variables[current];
  if (!fed) throw new Error(`no variables ${current}`);
  const model = await session(task);
  if (task === 'evaluate') {
    await model.run({ [VARIABLES]: fed.parameters, evaluation_images: images }, { 'fetch/evaluation_logits': logits });
    return;
  }
  const fetches = task === 'probe' ? { ...gradientFetches, 'fetch/statistics': statistics } : gradientFetches;
  await model.run({ [VARIABLES]: fed.parameters, ...gradientFeeds }, fetches);
}

parentPort?.on('message', (request: PartRequest) => {
  run(request).then(
    () => parentPort?.postMessage({ done: true } satisfies PartReply),
    (error: unknown) => parentPort?.postMessage({ failed: String(error) } satisfies PartReply),
  );
});
