/** Starts steps: the images of the next one are read while this one is computed. */
import type { Dataset } from '../data/dataset.ts';
import type { RunConfig } from '../domain/config.ts';
import type { Network } from '../domain/network/network.ts';
import { isProbed } from '../domain/schedule/duration.ts';
import { emptyBatch, stepBatch } from '../engines/batch.ts';
import type { Engine, StepOutput } from '../engines/engine.ts';
import type { Clock } from '../system/clock.ts';

interface Source {
  readonly config: RunConfig;
  readonly network: Network;
  readonly dataset: Dataset;
  readonly engine: Engine;
  readonly clock: Clock;
  readonly stepsPerEpoch: number;
}

/** A step that the engine has started. */
export interface Launched {
  readonly labels: Int32Array;
  readonly learningRate: number;
  /** Milliseconds that the engine waited for the images. */
  readonly dataMs: number;
  readonly computing: Promise<StepOutput>;
}

/** Starts one step after the other from `first` on; reading its images starts at once. `drops`: of the plateau rule, by then. */
export function launcher(first: number, source: Source): (drops: number) => Promise<Launched> {
  const { config, network, dataset, engine, clock, stepsPerEpoch } = source;
  // Two alternate: one is filled while the other is computed.
  const buffers = [emptyBatch(network, config.train.batchSize), emptyBatch(network, config.train.batchSize)] as const;
  const read = async (step: number) => {
    const own = buffers[step % 2 === 0 ? 0 : 1];
    await dataset.trainBatch(step, own.images, own.labels);
    return own;
  };
  let step = first;
  let reading = guarded(read(step));
  return async (drops) => {
    const requested = clock.monotonic();
    const { images, labels } = await reading;
    const dataMs = clock.monotonic() - requested;
    const batch = stepBatch(step, { config, network, stepsPerEpoch, images, labels, drops });
    const probe = isProbed(config.diagnose.probeEvery, step, stepsPerEpoch);
    const computing = guarded(engine.step(batch, { probe }));
    step++;
    reading = guarded(read(step));
    return { labels, dataMs, learningRate: batch.learningRate, computing };
  };
}

/** A promise that is awaited later: until then its rejection would be unhandled and end the process. */
function guarded<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
