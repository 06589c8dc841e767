import { kindOf } from '../layers/kinds.ts';
import type { Forward, ParameterRole, PlacedLayer } from '../layers/layer-kind.ts';
import type { Network } from '../network/network.ts';
import type { Builder } from '../program/builder.ts';
import type { Value } from '../program/operation.ts';
import * as op from '../program/operations.ts';

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

/** Emits a layer's operations on a part of the batch, or on all of it if its kind needs that. */
function ofLayer<T>(b: Builder, { placed, examples }: { placed: PlacedLayer; examples: number }, emit: () => T): T {
  const whole = kindOf(placed.layer).ofWholeBatch?.(placed, examples) ?? false;
  return whole ? b.within(undefined, emit) : emit();
}

/** Emits the network's forward pass. */
export function forward(b: Builder, network: Network, { images, read, dropoutMask }: ForwardOptions): NetworkForward {
  const [examples = 1] = images.shape;
  const layers: { placed: PlacedLayer; forward: Forward }[] = [];
  const outputOf = (position: number): Value => layers[position]?.forward.output ?? images;
  for (const placed of network.layers) {
    const kind = kindOf(placed.layer);
    const { name } = placed.layer;
    // A dense layer gives [examples, units]; every layer except another dense one needs a map.
    const [first = -1, ...others] = placed.inputs;
    const take = (position: number): Value => {
      const x = outputOf(position);
      return kind.takesVectors
        ? x
        : op.reshape(b, x, [examples, ...(network.layers[position]?.output ?? network.input)]);
    };
    const x = take(first);
    const pass = ofLayer(b, { placed, examples }, () =>
      kind.forward(b, placed, [x, ...others.map(take)], {
        read: (role: ParameterRole) => read(`${name}.${role}`),
        dropoutMask: dropoutMask && ((units) => dropoutMask(name, units)),
      }),
    );
    layers.push({ placed, forward: pass });
  }
  return { logits: op.reshape(b, outputOf(layers.length - 1), [examples, network.classes]), layers };
}

/**
 * Emits the gradient of every parameter, by name, given that of the logits. Values that depend on no parameter need none: the images,
 * and pools on them. Where several layers take an output, its gradient is the sum of theirs.
 */
export function backward(b: Builder, { layers }: NetworkForward, dLogits: Value): Map<string, Value> {
  const needs: boolean[] = [];
  for (const [i, { placed }] of layers.entries())
    needs[i] = placed.parameters.length > 0 || placed.inputs.some((input) => needs[input] ?? false);
  const gradients = new Map<string, Value>();
  const arriving: Value[][] = layers.map(() => []);
  arriving.at(-1)?.push(dLogits);
  for (const [i, { placed, forward: pass }] of [...layers.entries()].reverse()) {
    const own = arriving[i] ?? [];
    if (!needs[i] || own.length === 0) continue;
    const [examples = 1] = pass.output.shape;
    const inputNeeded = placed.inputs.some((input) => needs[input] ?? false);
    const result = ofLayer(b, { placed, examples }, () => {
      const shaped = own.map((gradient) => op.reshape(b, gradient, pass.output.shape));
      return pass.backward(op.addAll(b, shaped), { inputNeeded });
    });
    for (const [role, value] of result.parameters) gradients.set(`${placed.layer.name}.${role}`, value);
    for (const [k, gradient] of result.inputs.entries()) arriving[placed.inputs[k] ?? -1]?.push(gradient);
  }
  return gradients;
}
