/**
 * The program speaks of maps as [batch, height, width, channels] and of filters as [kernel, kernel, in, out]; ONNX computes on
 * [batch, channels, height, width] and [out, in, kernel, kernel]. A tensor is kept in the layout in which it was made, and
 * turned only when an operation asks for the other one, once.
 */
import type { Value } from '../../../domain/program/operation.ts';
import type { ModelWriter } from './model-writer.ts';

/** `plain`: as the program says. `planes`: [batch, channels, height, width]. `filter`: [out, in, kernel, kernel]. */
export type Layout = 'plain' | 'planes' | 'filter';

const TO_PLANES = [0, 3, 1, 2];
const FROM_PLANES = [0, 2, 3, 1];
const TO_FILTER = [3, 2, 0, 1];

/** The shape of a filter as convolutions want it. */
export const toFilter = (shape: readonly number[]): number[] => TO_FILTER.map((axis) => shape[axis] as number);

/** A filter's numbers turned from [kernel, kernel, in, out] to [out, in, kernel, kernel]. */
export function filterValues(values: Float32Array, shape: readonly number[]): Float32Array {
  const [rows = 1, columns = 1, channels = 1, filters = 1] = shape;
  const turned = new Float32Array(values.length);
  let next = 0;
  for (let filter = 0; filter < filters; filter++)
    for (let channel = 0; channel < channels; channel++)
      for (let row = 0; row < rows; row++)
        for (let column = 0; column < columns; column++)
          turned[next++] = values[((row * columns + column) * channels + channel) * filters + filter] as number;
  return turned;
}

/** A list of four numbers a map axis, in the order of planes. */
export const toPlanes = <T>(values: readonly T[]): T[] => TO_PLANES.map((axis) => values[axis] as T);

const flatMap = ([, height, width]: readonly number[]) => height === 1 && width === 1;

export class Layouts {
  readonly #writer: ModelWriter;
  readonly #tensors = new Map<Value, Map<Layout, string>>();

  constructor(writer: ModelWriter) {
    this.#writer = writer;
  }

  /** Remember what a value is called in one layout. */
  set(value: Value, tensor: string, layout: Layout = 'plain'): void {
    const tensors = this.#tensors.get(value) ?? new Map<Layout, string>();
    this.#tensors.set(value, tensors.set(layout, tensor));
  }

  has(value: Value, layout: Layout): boolean {
    return this.#tensors.get(value)?.has(layout) ?? false;
  }

  /** What a value is called in a layout; turns it if need be. */
  get(value: Value, layout: Layout = 'plain'): string {
    const tensors = this.#tensors.get(value);
    if (!tensors) throw new Error(`${value.operation.name} is used before it is written`);
    const known = tensors.get(layout);
    if (known) return known;
    const turned = this.#turn(value, tensors, layout);
    tensors.set(layout, turned);
    return turned;
  }

  #turn(value: Value, tensors: Map<Layout, string>, layout: Layout): string {
    const plain = tensors.get('plain');
    const planes = tensors.get('planes');
    if (layout === 'planes' && plain !== undefined)
      return flatMap(value.shape)
        ? this.#writer.node('Reshape', [plain, this.#writer.ints(toPlanes(value.shape))])
        : this.#writer.node('Transpose', [plain], { perm: TO_PLANES });
    if (layout === 'plain' && planes !== undefined)
      return flatMap(value.shape)
        ? this.#writer.node('Reshape', [planes, this.#writer.ints(value.shape)])
        : this.#writer.node('Transpose', [planes], { perm: FROM_PLANES });
    if (layout === 'filter' && plain !== undefined) return this.#writer.node('Transpose', [plain], { perm: TO_FILTER });
    throw new Error(`no way to ${layout} from ${[...tensors.keys()]}`);
  }

  /** The names of values for an elementwise operation on `rank` axes: all in planes if one of them is a map in planes. */
  aligned(values: readonly Value[]): { tensors: string[]; layout: Layout } {
    const inPlanes = values.some((value) => value.shape.length === 4 && this.has(value, 'planes'));
    if (!inPlanes) return { tensors: values.map((value) => this.get(value)), layout: 'plain' };
    return { tensors: values.map((value) => this.#broadcastable(value)), layout: 'planes' };
  }

  #broadcastable(value: Value): string {
    if (value.shape.length === 4) return this.get(value, 'planes');
    const [channels = 1] = value.shape;
    // A vector belongs to the last axis of a map, channels; in planes that is the second.
    if (value.shape.length === 1 && channels > 1)
      return this.#writer.node('Reshape', [this.get(value), this.#writer.ints([1, channels, 1, 1])]);
    return this.get(value);
  }
}
