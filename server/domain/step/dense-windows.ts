/**
 * The network over every window of an image at once (paper, section 5, "dense multi-view testing on feature maps"): the
 * convolutions and pools run once over the whole image, and what follows them once for every window of their last map, a
 * window being as large as that map is for an image of the network's own size.
 */
import type { Layer, MapShape } from '../config.ts';
import { kindOf } from '../layers/kinds.ts';
import type { ForwardContext, Inputs, ParameterRole, PlacedLayer } from '../layers/layer-kind.ts';
import type { Network } from '../network/network.ts';
import { Builder } from '../program/builder.ts';
import { freeBatch } from '../program/free-batch.ts';
import type { Program, Value } from '../program/operation.ts';
import * as op from '../program/operations.ts';
import { describeMap } from '../shapes/size.ts';
import { forward } from './forward.ts';
import { reader } from './variables.ts';

/**
 * Forward pass in test mode over all windows of images of one size, any number of images at once. Input: `images`
 * [N, height, width, channels]. Fetch: `logits` [N, windows, classes], windows row by row, one pixel of the last map apart.
 * Throws if an image is smaller than the network's input, which has no window.
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
  const first = layers.findIndex(({ layer }) => kindOf(layer).overWindows !== undefined);
  const [head, ...rest] = layers.slice(first);
  const overWindows = head && kindOf(head.layer).overWindows;
  if (!overWindows) throw new Error('no layer takes in the whole map: there are no logits');
  if (rest.some(({ inputs }) => inputs.some((input) => input < first)))
    throw new Error(`a shortcut passes ${head.layer.name}, which takes in the whole map`);

  const images: Seen = { map: [height, width, input[2]], value: b.input('images', [1, height, width, input[2]]) };
  const seen: Seen[] = [];
  for (const own of layers.slice(0, first)) {
    const [x, ...others] = own.inputs.map((position) => seen[position] ?? images);
    if (!x) throw new Error(`${own.layer.name} takes nothing`);
    const map = mapAfter(own.layer, [x.map, ...others.map((other) => other.map)]);
    const placed = { ...own, input: x.map, output: map };
    const values = [x.value, ...others.map(({ value }) => value)] as const;
    seen.push({ map, value: kindOf(own.layer).forward(b, placed, values, contextOf(own)).output });
  }
  const features = overWindows(b, head, (seen[head.inputs[0] ?? -1] ?? images).value, contextOf(head));
  const [, rows = 1, columns = 1] = features.shape;
  const windows = rows * columns;
  const vectors = op.reshape(b, features, [windows, ...head.output]);
  const after = rest.map((placed) => ({ ...placed, inputs: placed.inputs.map((position) => position - first - 1) }));
  const { logits } = forward(b, { ...network, input: head.output, layers: after }, { images: vectors, read });
  b.fetch('logits', op.reshape(b, logits, [1, windows, classes]));
  return freeBatch(b.program());
}

/** The output of a layer for a larger image. */
interface Seen {
  readonly map: MapShape;
  readonly value: Value;
}

function mapAfter(layer: Layer, maps: Inputs<MapShape>): MapShape {
  const result = kindOf(layer).shape(layer, maps);
  if ('problem' in result) throw new Error(`${layer.name} on ${describeMap(maps[0])}: ${result.problem}`);
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
