/** The tasks of the threads: programs of a part as models, bound to the arrays that they read and write. */
import type { Program } from '../../domain/program/operation.ts';
import { restrict } from '../../domain/program/restrict.ts';
import { gradientName, statisticsName } from '../../domain/step/step.ts';
import type { PartMemory, WholeMemory } from './memory.ts';
import { variableInput, writeModel } from './model.ts';
import type { SessionOptions } from './session.ts';
import type { Task } from './task.ts';

/** Of a part: loss, logits and gradients; its statistics, too; logits in test mode. */
export type TaskName = 'part' | 'probed part' | 'evaluation';

/** Each task is made, and its model written, when it is first needed. */
export type Tasks = ReadonlyMap<TaskName, () => Task>;

/** The models of all parts of one size. */
export type PartModels = Readonly<Record<TaskName, () => Uint8Array>>;

/** A function that is called at most once. */
function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

const isStatistics = (fetch: string): boolean => fetch.startsWith(statisticsName(''));

export const partModels = (
  part: Program,
  { evaluation, block }: { evaluation: () => Program; block: number | undefined },
): PartModels => ({
  part: once(() =>
    writeModel(
      restrict(
        part,
        [...part.fetches.keys()].filter((fetch) => !isStatistics(fetch)),
      ),
      { block },
    ),
  ),
  'probed part': once(() => writeModel(part, { block })),
  evaluation: once(() => writeModel(evaluation(), { block })),
});

const byName = <T>(arrays: ReadonlyMap<string, T>, name: (key: string) => string): Record<string, T> =>
  Object.fromEntries([...arrays].map(([key, array]) => [name(key), array]));

export function partTasks(
  { images, labels, dropoutMasks, loss, logits, gradients, statistics }: PartMemory,
  { models, variables, session }: { models: PartModels; variables: WholeMemory['variables']; session: SessionOptions },
): Tasks {
  const network = variables.filter(({ kind }) => kind !== 'state');
  const weights = Object.fromEntries(network.map((variable) => [variableInput(variable.name), variable]));
  const feeds = { ...weights, images, labels, ...byName(dropoutMasks, (layer) => `dropout/${layer}`) };
  const learnt = {
    'fetch/loss': loss,
    'fetch/logits': logits,
    ...byName(gradients, (name) => `fetch/${gradientName(name)}`),
  };
  const measured = { ...learnt, ...byName(statistics, (layer) => `fetch/${statisticsName(layer)}`) };
  const tested = { feeds: { ...weights, evaluation_images: images }, fetches: { 'fetch/evaluation_logits': logits } };
  const task =
    (name: TaskName, arrays: Pick<Task, 'feeds' | 'fetches'>): (() => Task) =>
    () => ({ model: models[name](), session, ...arrays });
  return new Map([
    ['part', task('part', { feeds, fetches: learnt })],
    ['probed part', task('probed part', { feeds, fetches: measured })],
    ['evaluation', task('evaluation', tested)],
  ]);
}
