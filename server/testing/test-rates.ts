/** A learning-rate range test of a run file: its own weights, batches and momentum; nothing is saved. */

import { initialVariables } from '../checkpoint/variables.ts';
import type { Dataset } from '../data/dataset.ts';
import type { RunConfig } from '../domain/config.ts';
import type { Network } from '../domain/network/network.ts';
import { isSweepOver, type RatePoint, type RateSweep, SmoothedLoss, sweptRate } from '../domain/schedule/rate-range.ts';
import { emptyBatch } from '../engines/batch.ts';
import { dropoutMasks } from '../engines/dropout.ts';
import type { Engine } from '../engines/engine.ts';

interface RateTest {
  readonly config: RunConfig;
  readonly network: Network;
  readonly dataset: Dataset;
  /** Weights that come from a file. */
  readonly stored?: ReadonlyMap<string, Float32Array> | undefined;
  /** Used by this test only: its weights are overwritten. */
  readonly engine: Engine;
  readonly sweep: RateSweep;
  /** Called after every step; may throw to end the test. */
  readonly onStep?: (points: readonly RatePoint[]) => void;
}

/** Trains from the file's initial weights with a rate that grows at every step, until the loss explodes or all rates are done. */
export async function testRates({
  config,
  network,
  dataset,
  engine,
  sweep,
  stored,
  onStep,
}: RateTest): Promise<RatePoint[]> {
  const { seed, train } = config;
  const { batchSize } = train;
  await engine.assign(initialVariables({ network, optimizer: train.optimizer }, { seed, stored }));
  const { images, labels } = emptyBatch(network, batchSize);
  const smoothed = new SmoothedLoss();
  const points: RatePoint[] = [];
  for (let i = 0; i < sweep.steps && !isSweepOver(points); i++) {
    const step = i + 1;
    const rate = sweptRate(sweep, i);
    await dataset.trainBatch(step, images, labels);
    const masks = dropoutMasks(network, { seed, step, batchSize });
    const { loss } = await engine.step(
      { images, labels, step, learningRate: rate, dropoutMasks: masks },
      { probe: false },
    );
    points.push({ rate, loss, smoothed: smoothed.add(loss) });
    onStep?.(points);
  }
  return points;
}
