/**
 * Writes a program as a TensorFlow GraphDef, which an addon loads and runs in one session call per step. Variables are resource
 * variables and stay in the session (on the GPU, if there is one; on the first machine, if there are several).
 */
import type { AttributeValue, DataType, Operation, Program, Value, Variable } from '../../domain/program/operation.ts';
import { bytes, type Field, float, integer, integers, message, nested, text } from '../../formats/protobuf.ts';

/** Names in the graph, for the session: inputs and fetches by their names in the program. */
export interface TensorFlowGraph {
  /** The serialised GraphDef. */
  readonly graphDef: Uint8Array;
  readonly inputs: ReadonlyMap<string, string>;
  readonly fetches: ReadonlyMap<string, string>;
  /** One placeholder per variable; fetching `assign` stores what was fed to all of them. */
  readonly assignInputs: readonly string[];
  readonly assign: string;
  /** The current value of each variable, in order. */
  readonly reads: readonly string[];
}

/** The device for a part of the batch, or (undefined) for all of it: variables, what is fed, update, probes. */
export type DeviceOf = (part: number | undefined) => string;

/** DataType of TensorFlow's types.proto. */
export const TYPE = { float32: 1, double: 2, int32: 3, bool: 10, resource: 20 };
type GraphType = keyof typeof TYPE;

/** The GraphDef version that TensorFlow 2.21 writes; older libraries reject a newer producer only if it is declared. */
const PRODUCER = 1882;

// AttrValue, by kind.
const attr = {
  type: (type: GraphType): Field => integer(6, TYPE[type]),
  integer: (value: number): Field => integer(3, value),
  float: (value: number): Field => float(4, value),
  bool: (value: boolean): Field => integer(5, value),
  text: (value: string): Field => text(2, value),
  integers: (values: readonly number[]): Field => nested(1, [integers(3, values)]),
  shape: (shape: readonly number[]): Field => nested(7, dimensions(shape)),
  tensor: (type: DataType, shape: readonly number[], data: Uint8Array): Field =>
    nested(8, [integer(1, TYPE[type]), nested(2, dimensions(shape)), bytes(4, data)]),
};
/** The `dim`s of a TensorShapeProto. */
export const dimensions = (shape: readonly number[]): Field[] => shape.map((length) => nested(2, [integer(1, length)]));

const T = { T: attr.type('float32') };
const NHWC = { data_format: attr.text('NHWC') };
/** Name of the node that additions depend on. */
const FENCE = 'fence';
const strides = (height: number, width = height) => attr.integers([1, height, width, 1]);

/** Collects the nodes of a graph. With `values` the variables are constants of it, and names of inputs and fetches are kept. */
export class GraphWriter {
  readonly #nodes: Field[] = [];
  readonly #names = new Map<Operation, string>();
  readonly #handles = new Map<Variable, string>();
  readonly #constants = new Map<string, string>();
  readonly #values: ReadonlyMap<string, Float32Array> | undefined;
  readonly #deviceOf: DeviceOf | undefined;
  readonly #fences = new Set<string>();
  /** The current placement of nodes; empty: TensorFlow chooses. */
  #device: string;

  constructor({ values, deviceOf }: { values?: ReadonlyMap<string, Float32Array>; deviceOf?: DeviceOf } = {}) {
    this.#values = values;
    this.#deviceOf = deviceOf;
    this.#device = deviceOf?.(undefined) ?? '';
  }

  /** Append a node; returns its name. Names are generated, since TensorFlow may reject characters of a user's layer name. */
  node(
    op: string,
    {
      inputs = [],
      attributes = {},
      name = `n${this.#nodes.length}`,
    }: {
      inputs?: readonly string[];
      attributes?: Record<string, Field>;
      name?: string;
    },
  ): string {
    const attrs = Object.entries(attributes).map(([key, value]) => nested(5, [text(1, key), nested(2, [value])]));
    const device = this.#device === '' ? [] : [text(4, this.#device)];
    const parts = [text(1, name), text(2, op), ...inputs.map((input) => text(3, input)), ...device, ...attrs];
    this.#nodes.push(nested(1, parts));
    return name;
  }

  /** A constant of int32s, for shapes and axes. */
  ints(values: readonly number[] | number): string {
    const list = typeof values === 'number' ? [values] : values;
    const shape = typeof values === 'number' ? [] : [list.length];
    return this.constant('int32', { shape, values: list });
  }

  constant(type: DataType, { shape, values }: { shape: readonly number[]; values: readonly number[] }): string {
    // Each machine has its own constants: one of another machine would be sent at every step.
    const key = `${this.#device}${type}[${shape}]${values}`;
    const known = this.#constants.get(key);
    if (known) return known;
    const array = type === 'int32' ? Int32Array.from(values) : Float32Array.from(values);
    const value = attr.tensor(type, shape, new Uint8Array(array.buffer));
    const name = this.node('Const', { attributes: { dtype: attr.type(type), value } });
    this.#constants.set(key, name);
    return name;
  }

  handle(variable: Variable): string {
    const known = this.#handles.get(variable);
    if (known) return known;
    const name = `variable${this.#handles.size}`;
    this.node('VarHandleOp', {
      name,
      attributes: { dtype: attr.type('float32'), shape: attr.shape(variable.shape), shared_name: attr.text(name) },
    });
    this.#handles.set(variable, name);
    return name;
  }

  /**
   * A control input that keeps TensorFlow's graph optimiser from making one AddN of several additions: it leaves alone what
   * depends on something else. It must be an operation that no optimiser can fold or find implied by another edge.
   */
  #fence(): string {
    const name = `${FENCE}${this.#device.replaceAll(/[:/]/g, '_')}`;
    if (!this.#fences.has(name))
      this.node('VarHandleOp', {
        name,
        attributes: { dtype: attr.type('float32'), shape: attr.shape([]), shared_name: attr.text(FENCE) },
      });
    this.#fences.add(name);
    return `^${name}`;
  }

  /** An operation's tensor, as an input of another node. */
  reference({ operation, index }: Value): string {
    if (this.#deviceOf && operation.type === 'Const') {
      const [output] = operation.outputs;
      const values = list(operation.attributes['values']);
      return this.constant(output?.dtype ?? 'float32', { shape: output?.shape ?? [], values });
    }
    const name = this.#names.get(operation);
    if (!name) throw new Error(`${operation.name} is used before it is written`);
    return index === 0 ? name : `${name}:${index}`;
  }

  write(operation: Operation): void {
    // Written at its use, see `reference`.
    if (this.#deviceOf && operation.type === 'Const') return;
    this.#device = this.#deviceOf?.(operation.part) ?? '';
    this.#writeHere(operation);
    this.#device = this.#deviceOf?.(undefined) ?? '';
  }

  #writeHere(operation: Operation): void {
    const control = operation.after.map((earlier) => `^${this.#names.get(earlier)}`);
    const { op, inputs = [], attributes = {} } = this.#translate(operation);
    const kept = this.#values && /^(input|fetch)\/(.*)$/.exec(operation.name)?.[2];
    const options = { inputs: [...inputs, ...control], attributes, ...(kept && { name: kept }) };
    this.#names.set(operation, this.node(op, options));
  }

  finish(): Field[] {
    return [...this.#nodes, nested(4, [integer(1, PRODUCER)])];
  }

  /** TensorFlow's own spelling of an operation: extra inputs and attributes. */
  #translate(operation: Operation): { op: string; inputs?: string[]; attributes?: Record<string, Field> } {
    const { type, attributes: a, outputs } = operation;
    const inputs = operation.inputs.map((value) => this.reference(value));
    const [first] = operation.inputs;
    const output = outputs[0];
    switch (type) {
      case 'Placeholder':
        return {
          op: type,
          attributes: { dtype: attr.type(output?.dtype ?? 'float32'), shape: attr.shape(output?.shape ?? []) },
        };
      case 'Const': {
        const dtype = output?.dtype ?? 'float32';
        const array = dtype === 'int32' ? Int32Array.from(list(a['values'])) : Float32Array.from(list(a['values']));
        const value = attr.tensor(dtype, output?.shape ?? [], new Uint8Array(array.buffer));
        return { op: type, attributes: { dtype: attr.type(dtype), value } };
      }
      case 'ReadVariableOp':
        if (this.#values) return frozen(a['variable'] as Variable, this.#values);
        return {
          op: type,
          inputs: [this.handle(a['variable'] as Variable)],
          attributes: { dtype: attr.type('float32') },
        };
      case 'ResourceApplyKerasMomentum': {
        const [rate = '', gradient = '', momentum = ''] = inputs;
        const handles = [this.handle(a['variable'] as Variable), this.handle(a['accumulator'] as Variable)];
        const attributes = { ...T, use_locking: attr.bool(false), use_nesterov: attr.bool(false) };
        return { op: type, inputs: [...handles, rate, gradient, momentum], attributes };
      }
      case 'Conv2D':
        return { op: type, inputs, attributes: convolution(a) };
      case 'Conv2DBackpropInput':
        return { op: type, inputs: [this.ints(output?.shape ?? []), ...inputs], attributes: convolution(a) };
      case 'Conv2DBackpropFilter': {
        const [x = '', dy = ''] = inputs;
        return { op: type, inputs: [x, this.ints(output?.shape ?? []), dy], attributes: convolution(a) };
      }
      case 'MatMul':
        return {
          op: type,
          inputs,
          attributes: {
            ...T,
            transpose_a: attr.bool(a['transposeA'] === true),
            transpose_b: attr.bool(a['transposeB'] === true),
          },
        };
      case 'BiasAdd':
      case 'BiasAddGrad':
        return { op: type, inputs, attributes: { ...T, ...NHWC } };
      case 'LeakyRelu':
      case 'LeakyReluGrad':
        return { op: type, inputs, attributes: { ...T, alpha: attr.float(a['slope'] as number) } };
      case 'MaxPool':
      case 'MaxPoolGrad':
        return { op: type, inputs, attributes: { ...pooling(a), explicit_paddings: attr.integers([]) } };
      case 'AvgPool':
        return { op: type, inputs, attributes: pooling(a) };
      case 'AvgPoolGrad':
        return { op: type, inputs: [this.ints(output?.shape ?? []), ...inputs], attributes: pooling(a) };
      case 'SparseSoftmaxCrossEntropyWithLogits':
        return { op: type, inputs, attributes: { ...T, Tlabels: attr.type('int32') } };
      case 'AddN': {
        // Pairwise: AddN starts with the input whose memory is free first, so its order depends on timing.
        const [total = '', ...terms] = inputs;
        const last = terms.pop() ?? '';
        const partial = terms.reduce(
          (sum, term) => this.node('AddV2', { inputs: [sum, term, this.#fence()], attributes: T }),
          total,
        );
        return { op: 'AddV2', inputs: [partial, last, this.#fence()], attributes: T };
      }
      case 'LessEqual': {
        const below = this.node(type, { inputs, attributes: T });
        return cast(below, 'bool', 'float32');
      }
      case 'Sum':
      case 'Mean':
      case 'Max': {
        const attributes = { ...T, Tidx: attr.type('int32'), keep_dims: attr.bool(false) };
        return { op: type, inputs: [...inputs, this.ints(list(a['axes']))], attributes };
      }
      case 'EuclideanNorm': {
        // In double precision: the squares would overflow or underflow single precision.
        const [x = ''] = inputs;
        const { op, ...rest } = cast(x, 'float32', 'double');
        const wide = this.node(op, rest);
        const axes = this.ints((first?.shape ?? []).map((_, axis) => axis));
        const attributes = { T: attr.type('double'), Tidx: attr.type('int32'), keep_dims: attr.bool(false) };
        return cast(this.node(type, { inputs: [wide, axes], attributes }), 'double', 'float32');
      }
      case 'Reshape':
        return {
          op: type,
          inputs: [...inputs, this.ints(list(a['shape']))],
          attributes: { ...T, Tshape: attr.type('int32') },
        };
      case 'BroadcastTo':
        return {
          op: type,
          inputs: [...inputs, this.ints(list(a['shape']))],
          attributes: { ...T, Tidx: attr.type('int32') },
        };
      case 'Slice': {
        const attributes = { T: attr.type(first?.dtype ?? 'float32'), Index: attr.type('int32') };
        return { op: type, inputs: [...inputs, this.ints(list(a['begin'])), this.ints(list(a['size']))], attributes };
      }
      case 'Pad': {
        const [before, after] = [list(a['before']), list(a['after'])];
        const values = before.flatMap((amount, axis) => [amount, after[axis] ?? 0]);
        const paddings = this.constant('int32', { shape: [before.length, 2], values });
        return { op: type, inputs: [...inputs, paddings], attributes: { ...T, Tpaddings: attr.type('int32') } };
      }
      case 'ConcatV2': {
        const attributes = { ...T, N: attr.integer(inputs.length), Tidx: attr.type('int32') };
        return { op: type, inputs: [...inputs, this.ints(a['axis'] as number)], attributes };
      }
      case 'Pack':
        return { op: type, inputs, attributes: { ...T, N: attr.integer(inputs.length), axis: attr.integer(0) } };
      case 'Identity':
        return { op: type, inputs, attributes: { T: attr.type(first?.dtype ?? 'float32') } };
      case 'Relu':
      case 'ReluGrad':
      case 'Softmax':
      case 'AddV2':
      case 'Sub':
      case 'Mul':
      case 'RealDiv':
      case 'Minimum':
      case 'Maximum':
      case 'L2Loss':
        return { op: type, inputs, attributes: T };
    }
  }
}

const list = (value: AttributeValue | undefined): readonly number[] => value as readonly number[];

/** A variable as a constant. */
function frozen({ name, shape }: Variable, values: ReadonlyMap<string, Float32Array>) {
  const data = values.get(name);
  if (!data) throw new Error(`no value for ${name}`);
  const value = attr.tensor('float32', shape, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return { op: 'Const', attributes: { dtype: attr.type('float32'), value } };
}

/** A conversion of every number. */
const cast = (x: string, from: GraphType, to: GraphType) => ({
  op: 'Cast',
  inputs: [x],
  attributes: { SrcT: attr.type(from), DstT: attr.type(to), Truncate: attr.bool(false) },
});

const convolution = (a: Operation['attributes']): Record<string, Field> => ({
  ...T,
  ...NHWC,
  strides: strides(a['stride'] as number),
  padding: attr.text(a['padding'] === 'valid' ? 'VALID' : 'SAME'),
  dilations: attr.integers([1, 1, 1, 1]),
  explicit_paddings: attr.integers([]),
  use_cudnn_on_gpu: attr.bool(true),
});

function pooling(a: Operation['attributes']): Record<string, Field> {
  const [height = 1, width = 1] = list(a['size']);
  const [down = 1, right = 1] = list(a['stride']);
  return { ...T, ...NHWC, ksize: strides(height, width), strides: strides(down, right), padding: attr.text('VALID') };
}

/**
 * Write a program, with the operations that assign and read its variables.
 * @param deviceOf places operations on machines; absent: TensorFlow places them
 */
export function writeGraph(program: Program, deviceOf?: DeviceOf): TensorFlowGraph {
  const writer = new GraphWriter(deviceOf ? { deviceOf } : {});
  for (const operation of program.operations) writer.write(operation);
  const assignInputs: string[] = [];
  const assigned: string[] = [];
  const reads: string[] = [];
  for (const variable of program.variables) {
    const dtype = attr.type('float32');
    const fed = writer.node('Placeholder', { attributes: { dtype, shape: attr.shape(variable.shape) } });
    assignInputs.push(`${fed}:0`);
    assigned.push(writer.node('AssignVariableOp', { inputs: [writer.handle(variable), fed], attributes: { dtype } }));
    reads.push(`${writer.node('ReadVariableOp', { inputs: [writer.handle(variable)], attributes: { dtype } })}:0`);
  }
  const zero = writer.constant('float32', { shape: [], values: [0] });
  const assign = writer.node('Identity', { inputs: [zero, ...assigned.map((name) => `^${name}`)], attributes: T });
  const graph = writer.finish();
  const named = (values: ReadonlyMap<string, Value>) =>
    new Map([...values].map(([name, value]) => [name, `${writer.reference(value)}:0`]));
  return {
    graphDef: message(graph),
    inputs: named(program.inputs),
    fetches: named(program.fetches),
    assignInputs,
    assign: `${assign}:0`,
    reads,
  };
}
