import type { Layer } from '../config.ts';
import { kindOf } from '../layers/kinds.ts';
import type { Forward, ParameterRole, PlacedLayer } from '../layers/layer-kind.ts';
import type { Network } from '../network/network.ts';
import type { Builder } from '../program/builder.ts';
import type { Value } from '../program/operation.ts';
import * as op from '../program/operations.ts';
import { mapSize } from '../shapes/size.ts';

/** Every layer's forward pass over one group of examples. */
export interface NetworkForward {
  /** [examples, classes]. */
  readonly logits: Value;
  readonly layers: readonly { readonly placed: PlacedLayer; readonly forward: Forward }[];
}

interface ForwardOptions {
  /** [examples, height, width, channels]. */
  readonly images: Value;
  /** The value of a parameter, by name. */
  readonly read: (name: string) => Value;
  /** The dropout mask of a layer, [examples, units]; absent in test mode. */
  readonly dropoutMask?: (layer: string, units: number) => Value;
}

/**
 * Emits a layer's operations: those of a dense layer with more weights than activations belong to the whole batch, so that
 * machines that share a step send each other the activations (Krizhevsky, arXiv 1404.5997).
 */
function ofLayer<T>(b: Builder, { placed, examples }: { placed: PlacedLayer; examples: number }, emit: () => T): T {
  const { layer, input } = placed;
  if (layer.type !== 'dense') return emit();
  const inputs = mapSize(input);
  return inputs * layer.units > examples * (inputs + layer.units) ? b.within(undefined, emit) : emit();
}

/** Emits the network's forward pass. */
export function forward(b: Builder, network: Network, { images, read, dropoutMask }: ForwardOptions): NetworkForward {
  const [examples = 1] = images.shape;
  let x = images;
  const layers = network.layers.map((placed) => {
    // A dense layer gives [examples, units]; every layer but another dense one wants a map.
    if (placed.layer.type !== 'dense') x = op.reshape(b, x, [examples, ...placed.input]);
    const pass = ofLayer(b, { placed, examples }, () =>
      kindOf<Layer>(placed.layer).forward(b, placed, x, {
        read: (role: ParameterRole) => read(`${placed.layer.name}.${role}`),
        dropoutMask: dropoutMask && ((units) => dropoutMask(placed.layer.name, units)),
      }),
    );
    x = pass.output;
    return { placed, forward: pass };
  });
  return { logits: op.reshape(b, x, [examples, network.classes]), layers };
}

/** Emits the gradient of every parameter, by name, given that of the logits. The first layer's input needs none. */
export function backward(b: Builder, { layers }: NetworkForward, dLogits: Value): Map<string, Value> {
  const gradients = new Map<string, Value>();
  let gradient = dLogits;
  const firstWeighted = layers.findIndex(({ placed }) => placed.parameters.length > 0);
  for (const [i, { placed, forward: pass }] of [...layers.entries()].reverse()) {
    if (i < firstWeighted) break;
    const [examples = 1] = pass.output.shape;
    const result = ofLayer(b, { placed, examples }, () =>
      pass.backward(op.reshape(b, gradient, pass.output.shape), { inputNeeded: i > firstWeighted }),
    );
    for (const [role, value] of result.parameters) gradients.set(`${placed.layer.name}.${role}`, value);
    if (result.input) gradient = result.input;
  }
  return gradients;
}
