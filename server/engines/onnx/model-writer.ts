/** Collects the nodes, constants, inputs and outputs of one ONNX model. */
import { FREE } from '../../domain/program/free-batch.ts';
import type { DataType } from '../../domain/program/operation.ts';
import { bytes, type Field, float, integer, integers, message, nested, text } from '../../formats/protobuf.ts';

/** TensorProto.DataType of onnx.proto. */
const TYPE = { float32: 1, int32: 6, int64: 7 } as const;
/** Opset in which reductions take their axes as an input; current engines all read it. */
const OPSET = 18;
const IR_VERSION = 8;
/** Of onnxruntime's own operations on blocks of channels. */
const BLOCKED_DOMAIN = 'com.microsoft.nchwc';

export type NodeAttribute = number | string | readonly number[] | { readonly float: number };

function attributeField(name: string, value: NodeAttribute): Field {
  // AttributeProto: f = 2, i = 3, s = 4, ints = 8, and which of them in type = 20.
  if (typeof value === 'number') return nested(5, [text(1, name), integer(3, value), integer(20, 2)]);
  if (typeof value === 'string') return nested(5, [text(1, name), bytes(4, Buffer.from(value)), integer(20, 3)]);
  if ('float' in value) return nested(5, [text(1, name), float(2, value.float), integer(20, 1)]);
  return nested(5, [text(1, name), integers(8, value), integer(20, 7)]);
}

const valueInfo = (name: string, { type, shape }: { type: DataType; shape: readonly number[] }): Field[] => [
  text(1, name),
  nested(2, [
    nested(1, [
      integer(1, TYPE[type]),
      nested(
        2,
        // dim_value = 1; an open length has a name, dim_param = 2.
        shape.map((length) => nested(1, [length === FREE ? text(2, 'N') : integer(1, length)])),
      ),
    ]),
  ]),
];

/** A model's metadata for people and programs. */
export interface ModelNotes {
  readonly description: string;
  readonly metadata: Readonly<Record<string, string>>;
}

export class ModelWriter {
  readonly #nodes: Field[] = [];
  readonly #constants: Field[] = [];
  readonly #inputs: Field[] = [];
  readonly #outputs: Field[] = [];
  readonly #known = new Map<string, string>();
  /** Names of nodes by operation. */
  readonly #names = new Map<string, string[]>();
  #next = 0;
  #hasBlocks = false;

  /** Append a node with several outputs; returns their names. */
  nodes(
    op: string,
    inputs: readonly string[],
    {
      attributes = {},
      outputs = 1,
      names,
      domain,
    }: {
      attributes?: Record<string, NodeAttribute>;
      outputs?: number;
      names?: readonly string[];
      domain?: string;
    } = {},
  ): string[] {
    const id = this.#next++;
    this.#names.set(op, [...(this.#names.get(op) ?? []), `n${id}`]);
    const results = names ? [...names] : Array.from({ length: outputs }, (_, i) => `t${id}_${i}`);
    this.#nodes.push(
      nested(1, [
        ...inputs.map((input) => text(1, input)),
        ...results.map((output) => text(2, output)),
        text(3, `n${id}`),
        text(4, op),
        ...Object.entries(attributes).map(([key, value]) => attributeField(key, value)),
        ...(domain ? [text(7, domain)] : []),
      ]),
    );
    return results;
  }

  /** Names of the nodes of one operation, in order. */
  namesOf(op: string): readonly string[] {
    return this.#names.get(op) ?? [];
  }

  /** Append a node with one output; returns its name. */
  node(op: string, inputs: readonly string[], attributes: Record<string, NodeAttribute> = {}): string {
    return this.nodes(op, inputs, { attributes })[0] ?? '';
  }

  /** The same for an operation on blocks of channels, which only onnxruntime has. */
  blocked(op: string, inputs: readonly string[], attributes: Record<string, NodeAttribute> = {}): string {
    this.#hasBlocks = true;
    return this.nodes(op, inputs, { attributes, domain: BLOCKED_DOMAIN })[0] ?? '';
  }

  /** A constant of single-precision numbers. */
  floats(values: readonly number[], shape: readonly number[]): string {
    return this.#constant('float32', { shape, data: Float32Array.from(values), key: String(values) });
  }

  /** A vector of int64: shapes, axes, starts. */
  ints(values: readonly number[]): string {
    return this.#constant('int64', {
      shape: [values.length],
      data: BigInt64Array.from(values, (value) => BigInt(value)),
      key: String(values),
    });
  }

  #constant(
    type: keyof typeof TYPE,
    {
      shape,
      data,
      key,
    }: {
      shape: readonly number[];
      data: Float32Array | BigInt64Array;
      key: string;
    },
  ): string {
    const id = `${type}[${shape}]${key}`;
    const known = this.#known.get(id);
    if (known) return known;
    const name = `c${this.#next++}`;
    this.#addInitializer(name, { type, shape, data });
    this.#known.set(id, name);
    return name;
  }

  #addInitializer(
    name: string,
    { type, shape, data }: { type: keyof typeof TYPE; shape: readonly number[]; data: Float32Array | BigInt64Array },
  ): void {
    const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    // TensorProto: dims = 1, data_type = 2, name = 8, raw_data = 9.
    this.#constants.push(
      nested(5, [...shape.map((n) => integer(1, n)), integer(2, TYPE[type]), text(8, name), bytes(9, raw)]),
    );
  }

  /** A learned array under its own name. */
  initializer(name: string, { shape, data }: { shape: readonly number[]; data: Float32Array }): void {
    this.#addInitializer(name, { type: 'float32', shape, data });
  }

  input(name: string, type: DataType, shape: readonly number[]): void {
    this.#inputs.push(nested(11, valueInfo(name, { type, shape })));
  }

  output(name: string, type: DataType, shape: readonly number[]): void {
    this.#outputs.push(nested(12, valueInfo(name, { type, shape })));
  }

  /** The bytes of the ModelProto. */
  finish({ description = '', metadata = {} }: Partial<ModelNotes> = {}): Uint8Array {
    const graph = [...this.#nodes, text(2, 'rectiscope'), ...this.#constants, ...this.#inputs, ...this.#outputs];
    return message([
      integer(1, IR_VERSION),
      text(2, 'rectiscope'),
      text(6, description),
      nested(7, graph),
      nested(8, [text(1, ''), integer(2, OPSET)]),
      ...(this.#hasBlocks ? [nested(8, [text(1, BLOCKED_DOMAIN), integer(2, 1)])] : []),
      ...Object.entries(metadata).map(([key, value]) => nested(14, [text(1, key), text(2, value)])),
    ]);
  }
}
