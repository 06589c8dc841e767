/** The program that leaves the product: everything between the pixels of an image file and its scores. */
import type { Network } from '../network/network.ts';
import { Builder } from './builder.ts';
import { forward } from './forward.ts';
import { freeBatch } from './free-batch.ts';
import type { Program, Value } from './operation.ts';
import * as op from './operations.ts';
import { reader } from './step.ts';

/** value ← (value − mean) · scale, for every position of an image [height, width, channels], flat. */
export interface Normalization {
  readonly mean: ArrayLike<number>;
  readonly scale: ArrayLike<number>;
}

/** A list for all positions of an image, or for its channels where they are alike at every position. */
export function shortened(values: ArrayLike<number>, channels: number): number[] {
  const all = Array.from(values);
  return all.every((value, i) => value === all[i % channels]) ? all.slice(0, channels) : all;
}

function normalize(b: Builder, images: Value, { mean, scale }: Normalization): Value {
  const [, ...map] = images.shape;
  const channels = map.at(-1) ?? 1;
  const constant = (values: ArrayLike<number>) => {
    const short = shortened(values, channels);
    return short.length === channels ? b.constant(short) : op.reshape(b, b.constant(short), [1, ...map]);
  };
  const centred = Array.from(mean).some((value) => value !== 0) ? op.subtract(b, images, constant(mean)) : images;
  return Array.from(scale).some((value) => value !== 1) ? op.multiply(b, centred, constant(scale)) : centred;
}

/**
 * Normalisation, forward pass in test mode, softmax, for any number of images at once. Input: `images` [N, height, width,
 * channels] as the data has them (bytes divided by 255). Fetches: `logits` and `probabilities`, [N, classes].
 */
export function deploymentProgram(network: Network, normalization: Normalization): Program {
  const b = new Builder();
  const images = normalize(b, b.input('images', [1, ...network.input]), normalization);
  const { logits } = forward(b, network, { images, read: reader(b, network) });
  b.fetch('logits', logits);
  b.fetch('probabilities', op.softmax(b, logits));
  return freeBatch(b.program());
}
