/** Times training steps of an engine on seeded noise. */
import type { Clock } from '../clock.ts';
import { mapSize } from '../domain/network/size.ts';
import { RandomStream } from '../domain/random/stream.ts';
import type { Engine } from './engine.ts';
import { initialVariables } from './variables.ts';
import type { Workload } from './workloads.ts';

interface TimingOptions {
  readonly engine: Engine;
  readonly workload: Workload;
  readonly clock: Clock;
  /** Steps that are timed, after as many untimed as `warm`. */
  readonly steps: number;
  readonly warm: number;
  /** Fetch all norms at every step. */
  readonly probe?: boolean;
}

/** Milliseconds of each timed step, in order. */
export async function timeSteps({
  engine,
  workload,
  clock,
  steps,
  warm,
  probe = false,
}: TimingOptions): Promise<number[]> {
  const { network, batchSize } = workload;
  await engine.assign(initialVariables(network, 1));
  const random = new RandomStream({ seed: 1, purpose: 'order', name: 'bench' });
  const images = Float32Array.from({ length: batchSize * mapSize(network.input) }, () => random.gaussian());
  const labels = Int32Array.from({ length: batchSize }, () => random.below(network.classes));
  const times: number[] = [];
  for (let step = 0; step < warm + steps; step++) {
    const before = clock.monotonic();
    await engine.step({ images, labels, dropoutMasks: new Map(), learningRate: 0.001 }, { probe });
    if (step >= warm) times.push(clock.monotonic() - before);
  }
  return times;
}
