/** The exported program: everything from the pixels of an image file to its scores. */
import type { Network } from '../network/network.ts';
import { Builder } from '../program/builder.ts';
import { freeBatch } from '../program/free-batch.ts';
import type { Program, Value } from '../program/operation.ts';
import * as op from '../program/operations.ts';
import { forward } from './forward.ts';
import { reader } from './variables.ts';

/** value ← (value − mean) · scale; one number per channel, or a mean for every position [height, width, channels], flat. */
export interface PixelNormalization {
  readonly mean?: ArrayLike<number>;
  readonly scale?: ArrayLike<number>;
}

function normalize(b: Builder, images: Value, { mean, scale }: PixelNormalization): Value {
  const [, ...map] = images.shape;
  const constant = (values: ArrayLike<number>) => {
    const all = b.constant(Array.from(values));
    return values.length === map.at(-1) ? all : op.reshape(b, all, [1, ...map]);
  };
  const centred = mean ? op.subtract(b, images, constant(mean)) : images;
  return scale ? op.multiply(b, centred, constant(scale)) : centred;
}

/**
 * Normalisation, forward pass in test mode, softmax, for any number of images at once. Input: `images` [N, height, width,
 * channels] as the data has them (bytes divided by 255). Fetches: `logits` and `probabilities`, [N, classes].
 */
export function deploymentProgram(network: Network, normalization: PixelNormalization): Program {
  const b = new Builder();
  const images = normalize(b, b.input('images', [1, ...network.input]), normalization);
  const { logits } = forward(b, network, { images, read: reader(b, network) });
  b.fetch('logits', logits);
  b.fetch('probabilities', op.softmax(b, logits));
  return freeBatch(b.program());
}
