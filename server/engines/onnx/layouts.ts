/**
 * The program speaks of maps as [batch, height, width, channels] and of filters as [kernel, kernel, in, out]; ONNX computes on
 * [batch, channels, height, width] and [out, in, kernel, kernel], and onnxruntime's fastest convolutions on blocks of channels.
 * A tensor is kept in the layout in which it was made, and converted once, only when an operation needs another one.
 */
import type { Value } from '../../domain/program/operation.ts';
import type { ModelWriter } from './model-writer.ts';

/**
 * `plain`: as in the program. `planes`: [batch, channels, height, width]. `blocks`: [batch, channels / block, height, width,
 * block]. `filter`: [out, in, kernel, kernel].
 */
export type Layout = 'plain' | 'planes' | 'blocks' | 'filter';

/** A tensor, and its layout. */
export interface Laid {
  readonly tensor: string;
  readonly layout: Layout;
}

const TO_PLANES = [0, 3, 1, 2];
const FROM_PLANES = [0, 2, 3, 1];
const TO_FILTER = [3, 2, 0, 1];

/** The shape of a filter as convolutions need it. */
export const toFilter = (shape: readonly number[]): number[] => TO_FILTER.map((axis) => shape[axis] as number);

/** A filter's numbers transposed from [kernel, kernel, in, out] to [out, in, kernel, kernel]. */
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

/** A list of numbers for the four axes of a map, in the order of planes. */
export const toPlanes = <T>(values: readonly T[]): T[] => TO_PLANES.map((axis) => values[axis] as T);

/** Where an axis of a map is in planes. */
export const planeAxis = (axis: number): number => TO_PLANES.indexOf(axis);

const isFlat = ([, height, width]: readonly number[]) => height === 1 && width === 1;

/** The writer of the operations. */
export interface Context {
  readonly writer: ModelWriter;
  readonly layouts: Layouts;
}

export class Layouts {
  /** Channels of a block; absent: nothing is kept in blocks. */
  readonly block: number | undefined;
  readonly #writer: ModelWriter;
  readonly #tensors = new Map<Value, Map<Layout, string>>();

  constructor(writer: ModelWriter, block?: number) {
    this.#writer = writer;
    this.block = block;
  }

  /** Whether this many channels are whole blocks. */
  fits(channels: number | undefined): boolean {
    return this.block !== undefined && channels !== undefined && channels % this.block === 0;
  }

  /** Records a value's name in one layout. */
  set(value: Value, tensor: string, layout: Layout = 'plain'): void {
    const tensors = this.#tensors.get(value) ?? new Map<Layout, string>();
    this.#tensors.set(value, tensors.set(layout, tensor));
  }

  setLaid(value: Value, { tensor, layout }: Laid): void {
    this.set(value, tensor, layout);
  }

  has(value: Value, layout: Layout): boolean {
    return this.#tensors.get(value)?.has(layout) ?? false;
  }

  /** A value's name in a layout; converts it if necessary. */
  get(value: Value, layout: Layout = 'plain'): string {
    const tensors = this.#tensors.get(value);
    if (!tensors) throw new Error(`${value.operation.name} is used before it is written`);
    const known = tensors.get(layout);
    if (known) return known;
    const turned = this.#turn(value, tensors, layout);
    tensors.set(layout, turned);
    return turned;
  }

  /** A map in blocks with the shape of one in planes, as onnxruntime's operations on blocks need it. */
  blocksAsPlanes(value: Value): string {
    return this.#reshaped(this.get(value, 'blocks'), toPlanes(value.shape));
  }

  /** The output of an operation on blocks, with its own shape. */
  ownShape(tensor: string, value: Value): string {
    return this.#reshaped(tensor, this.inBlocks(value.shape));
  }

  /** A map's shape in blocks. */
  inBlocks([batch = 1, height = 1, width = 1, channels = 1]: readonly number[]): number[] {
    const block = this.block ?? 1;
    return [batch, channels / block, height, width, block];
  }

  #reshaped(tensor: string, shape: readonly number[]): string {
    return this.#writer.node('Reshape', [tensor, this.#writer.ints(shape)]);
  }

  #turn(value: Value, tensors: Map<Layout, string>, layout: Layout): string {
    const [plain, planes] = [tensors.get('plain'), tensors.get('planes')];
    const known = plain ?? planes ?? tensors.get('blocks');
    if (known === undefined) throw new Error(`no way to ${layout} from ${[...tensors.keys()]}`);
    if (layout === 'filter') return this.#writer.node('Transpose', [this.get(value)], { perm: TO_FILTER });
    if (isFlat(value.shape)) return this.#reshaped(known, this.#shape(value, layout));
    if (layout === 'blocks') return this.#intoBlocks(value, { tensor: planes ?? known, isPlain: planes === undefined });
    if (plain === undefined && planes === undefined) return this.#outOfBlocks(value, layout);
    return this.#writer.node('Transpose', [known], { perm: layout === 'planes' ? TO_PLANES : FROM_PLANES });
  }

  #shape({ shape }: Value, layout: Layout): readonly number[] {
    return layout === 'planes' ? toPlanes(shape) : layout === 'blocks' ? this.inBlocks(shape) : shape;
  }

  #intoBlocks(value: Value, { tensor, isPlain }: { tensor: string; isPlain: boolean }): string {
    return this.ownShape(this.#writer.blocked('ReorderInput', [tensor], { channels_last: isPlain ? 1 : 0 }), value);
  }

  #outOfBlocks(value: Value, layout: Layout): string {
    return this.#writer.blocked('ReorderOutput', [this.blocksAsPlanes(value)], {
      channels: value.shape[3] ?? 1,
      channels_last: layout === 'plain' ? 1 : 0,
    });
  }

  /** The layout of maps that an elementwise operation takes: blocks or planes if one of them is kept so. */
  common(values: readonly Value[]): Layout {
    const maps = values.filter(({ shape }) => shape.length === 4);
    const anyIn = (layout: Layout) => maps.some((value) => this.has(value, layout));
    if (anyIn('blocks') && maps.every(({ shape }) => this.fits(shape[3]))) return 'blocks';
    return anyIn('planes') || anyIn('blocks') ? 'planes' : 'plain';
  }

  /** The names of values for an elementwise operation, all maps in one layout. */
  aligned(values: readonly Value[]): { tensors: string[]; layout: Layout } {
    const layout = this.common(values);
    return { tensors: values.map((value) => this.#broadcastable(value, layout)), layout };
  }

  #broadcastable(value: Value, layout: Layout): string {
    if (value.shape.length === 4) return this.get(value, layout);
    const [channels = 1] = value.shape;
    // A vector belongs to the last axis of a map, channels; in other layouts that is another axis.
    if (layout === 'plain' || value.shape.length !== 1 || channels === 1) return this.get(value);
    const axes = [1, 1, 1, channels];
    return this.#reshaped(this.get(value), layout === 'blocks' ? this.inBlocks(axes) : toPlanes(axes));
  }
}
