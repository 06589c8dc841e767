/** What the threads are asked for: programs of a step as models, bound to the arrays that they read and write. */
import type { Program } from '../../../domain/program/operation.ts';
import { restrict } from '../../../domain/program/restrict.ts';
import type { PartMemory, WholeMemory } from './memory.ts';
import { VARIABLES, VARIABLES_NEXT, writeModel } from './model.ts';
import type { SessionOptions } from './session.ts';
import type { Bindings, Task } from './task.ts';

/** Of a part: loss, logits and gradients; its statistics, too; logits in test mode. */
export type PartTask = 'part' | 'probed part' | 'evaluation';
/** What a thread can be asked for. Of the whole batch: the update; the numbers of a probe, too. */
export type TaskName = PartTask | 'update' | 'probed update';

/** Each task is made, and its model written, when it is first needed. */
export type Tasks = ReadonlyMap<TaskName, () => Task>;

/** The models of all parts of one size. */
export type PartModels = Readonly<Record<PartTask, () => Uint8Array>>;

/** A function that is called once at most. */
function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

export const partModels = (
  part: Program,
  { evaluation, block }: { evaluation: () => Program; block: number | undefined },
): PartModels => ({
  part: once(() => writeModel(restrict(part, ['loss', 'logits', 'gradients']), { block })),
  'probed part': once(() => writeModel(part, { block })),
  evaluation: once(() => writeModel(evaluation(), { block })),
});

/** A task by the state that is current. */
const task =
  (model: () => Uint8Array, session: SessionOptions, bindings: (current: 0 | 1) => Bindings) => (): Task => ({
    model: model(),
    session,
    bindings: [bindings(0), bindings(1)],
  });

export function partTasks(
  part: PartMemory,
  { models, state, session }: { models: PartModels; state: WholeMemory['state']; session: SessionOptions },
): Tasks {
  const { images, labels, dropoutMasks, loss, logits, gradients, statistics } = part;
  const masks = Object.fromEntries([...dropoutMasks].map(([layer, mask]) => [`dropout/${layer}`, mask]));
  const learnt = { 'fetch/loss': loss, 'fetch/logits': logits, 'fetch/gradients': gradients };
  const parameters = (current: 0 | 1) => ({
    data: state[current].data.subarray(0, gradients.data.length),
    shape: gradients.shape,
  });
  const feeds = (current: 0 | 1) => ({ [VARIABLES]: parameters(current), images, labels, ...masks });
  return new Map<TaskName, () => Task>([
    ['part', task(models.part, session, (current) => ({ feeds: feeds(current), fetches: learnt }))],
    [
      'probed part',
      task(models['probed part'], session, (current) => ({
        feeds: feeds(current),
        fetches: { ...learnt, 'fetch/statistics': statistics },
      })),
    ],
    [
      'evaluation',
      task(models.evaluation, session, (current) => ({
        feeds: { [VARIABLES]: parameters(current), evaluation_images: images },
        fetches: { 'fetch/evaluation_logits': logits },
      })),
    ],
  ]);
}

export function updateTasks(
  update: Program,
  { whole, parts, session }: { whole: WholeMemory; parts: readonly PartMemory[]; session: SessionOptions },
): Tasks {
  const { state, learningRate, probe } = whole;
  const ofParts = (name: 'gradients' | 'statistics') =>
    Object.fromEntries(parts.map((part, i) => [`${name}/${i}`, part[name]]));
  const bindings = (current: 0 | 1): Bindings => ({
    feeds: { [VARIABLES]: state[current], learning_rate: learningRate, ...ofParts('gradients') },
    fetches: { [VARIABLES_NEXT]: state[current === 0 ? 1 : 0] },
  });
  return new Map<TaskName, () => Task>([
    ['update', task(() => writeModel(restrict(update, ['updated'])), session, bindings)],
    [
      'probed update',
      task(
        () => writeModel(restrict(update, ['updated', 'probe'])),
        session,
        (current) => {
          const { feeds, fetches } = bindings(current);
          return { feeds: { ...feeds, ...ofParts('statistics') }, fetches: { ...fetches, 'fetch/probe': probe } };
        },
      ),
    ],
  ]);
}
