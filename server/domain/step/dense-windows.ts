/**
 * The network over every window of an image at once (paper, section 5, "dense multi-view testing on feature maps"): the
 * convolutions and pools run once over the whole image, and what follows them once for every window of their last map, a
 * window being as large as that map is for an image of the network's own size.
 */
import type { Layer, MapShape } from '../config.ts';
import { kindOf } from '../layers/kinds.ts';
import type { ForwardContext, ParameterRole, PlacedLayer } from '../layers/layer-kind.ts';
import type { Network } from '../network/network.ts';
import { Builder } from '../program/builder.ts';
import { freeBatch } from '../program/free-batch.ts';
import type { Program } from '../program/operation.ts';
import * as op from '../program/operations.ts';
import { describeMap } from '../shapes/size.ts';
import { forward } from './forward.ts';
import { reader } from './variables.ts';

/**
 * Forward pass in test mode over all windows of images of one size, any number of images at once. Input: `images`
 * [N, height, width, channels]. Fetch: `logits` [N, windows, classes], windows row by row, one pixel of the last map apart.
 * Throws where an image is smaller than the network's input, which gives no window.
 */
export function windowsProgram(network: Network, image: { readonly height: number; readonly width: number }): Program {
  const { input, layers, classes } = network;
  const { height, width } = image;
  if (height < input[0] || width < input[1])
    throw new Error(`an image of ${height}×${width} has no window of ${input[0]}×${input[1]}`);
  const b = new Builder();
  const read = reader(b, network);
  const contextOf = ({ layer }: PlacedLayer): ForwardContext => ({
    read: (role: ParameterRole) => read(`${layer.name}.${role}`),
  });
  const first = layers.findIndex(({ layer }) => kindOf<Layer>(layer).overWindows !== undefined);
  const [head, ...rest] = layers.slice(first);
  const overWindows = head && kindOf<Layer>(head.layer).overWindows;
  if (!overWindows) throw new Error('no layer takes in the whole map: there are no logits');

  let map: MapShape = [height, width, input[2]];
  let x = b.input('images', [1, ...map]);
  for (const own of layers.slice(0, first)) {
    const placed = { ...own, input: map, output: mapAfter(own.layer, map) };
    x = kindOf<Layer>(own.layer).forward(b, placed, x, contextOf(own)).output;
    map = placed.output;
  }
  const features = overWindows(b, head, x, contextOf(head));
  const [, rows = 1, columns = 1] = features.shape;
  const windows = rows * columns;
  const vectors = op.reshape(b, features, [windows, ...head.output]);
  const { logits } = forward(b, { ...network, input: head.output, layers: rest }, { images: vectors, read });
  b.fetch('logits', op.reshape(b, logits, [1, windows, classes]));
  return freeBatch(b.program());
}

function mapAfter(layer: Layer, map: MapShape): MapShape {
  const result = kindOf<Layer>(layer).shape(layer, map);
  if ('problem' in result) throw new Error(`${layer.name} on ${describeMap(map)}: ${result.problem}`);
  return result.shape;
}

/** Forward pass in test mode of images of the network's own size. Input: `images`; fetch: `logits`, [N, 1, classes]. */
export function cropsProgram(network: Network): Program {
  const b = new Builder();
  const images = b.input('images', [1, ...network.input]);
  const { logits } = forward(b, network, { images, read: reader(b, network) });
  b.fetch('logits', op.reshape(b, logits, [1, 1, network.classes]));
  return freeBatch(b.program());
}
