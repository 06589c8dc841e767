/** The inputs of a step. A run and its replay share this code, so they can't diverge. */
import type { RunConfig } from '../domain/config.ts';
import type { Network } from '../domain/network/network.ts';
import { learningRate } from '../domain/schedule/schedule.ts';
import { mapSize } from '../domain/shapes/size.ts';
import { dropoutMasks } from './dropout.ts';
import type { Batch } from './engine.ts';

interface Fed extends Pick<Batch, 'images' | 'labels'> {
  readonly config: Pick<RunConfig, 'seed' | 'train'>;
  readonly network: Network;
  readonly stepsPerEpoch: number;
  /** How often the plateau rule has lowered the rate. */
  readonly drops: number;
}

/** The batch of a step, from its images: a pure function of the configuration and the step. */
export const stepBatch = (step: number, { config, network, images, labels, ...schedule }: Fed): Batch => ({
  images,
  labels,
  step,
  learningRate: learningRate(config.train, { step, ...schedule }),
  dropoutMasks: dropoutMasks(network, { seed: config.seed, step, batchSize: config.train.batchSize }),
});

/** Buffers for the images and labels of one batch: [batch, height, width, channels] and [batch]. */
export const emptyBatch = (
  { input }: Pick<Network, 'input'>,
  batchSize: number,
): { images: Float32Array; labels: Int32Array } => ({
  images: new Float32Array(batchSize * mapSize(input)),
  labels: new Int32Array(batchSize),
});
