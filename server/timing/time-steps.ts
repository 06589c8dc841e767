/** Times an engine's tasks, on seeded noise. */

import { initialVariables } from '../checkpoint/variables.ts';
import type { UpdateConfig } from '../domain/config.ts';
import { RandomStream } from '../domain/random/stream.ts';
import { mapSize } from '../domain/shapes/size.ts';
import { dropoutLayers } from '../domain/step/step.ts';
import type { Engine } from '../engines/engine.ts';
import type { Clock } from '../system/clock.ts';
import type { Workload } from './workloads.ts';

/** What is timed: a training step, one that fetches all norms, or the forward pass of a batch in test mode. */
export type TimedTask = 'step' | 'probe' | 'evaluate';

/** The update of a timed step. */
export const TIMED_UPDATE: UpdateConfig = { optimizer: { kind: 'sgd', momentum: 0.9 }, weightDecay: 0.0005 };

/** Gives the engine weights and a batch; the result runs a task `count` times and returns the milliseconds of each, in order. */
export async function timedWork(
  engine: Engine,
  { network, batchSize }: Pick<Workload, 'network' | 'batchSize'>,
  clock: Clock,
): Promise<(task: TimedTask, count: number) => Promise<number[]>> {
  await engine.assign(initialVariables({ network, ...TIMED_UPDATE }, { seed: 1 }));
  const random = new RandomStream({ seed: 1, purpose: 'order', name: 'bench' });
  const images = Float32Array.from({ length: batchSize * mapSize(network.input) }, () => random.gaussian());
  const labels = Int32Array.from({ length: batchSize }, () => random.below(network.classes));
  // The same masks every time: drawing them is the loop's work, not the engine's.
  const dropoutMasks = new Map(
    dropoutLayers(network).map(({ name, units, rate }) => [
      name,
      Float32Array.from({ length: batchSize * units }, () => (random.uniform() < rate ? 0 : 1 / (1 - rate))),
    ]),
  );
  let step = 0;
  const train = (probe: boolean) =>
    engine.step({ images, labels, dropoutMasks, learningRate: 0.001, step: ++step }, { probe });
  const once: Record<TimedTask, () => Promise<unknown>> = {
    step: () => train(false),
    probe: () => train(true),
    evaluate: () => engine.evaluate(images),
  };
  return async (task, count) => {
    const times: number[] = [];
    for (let i = 0; i < count; i++) {
      const before = clock.monotonic();
      await once[task]();
      times.push(clock.monotonic() - before);
    }
    return times;
  };
}
