/**
 * Writes a program as an ONNX model for onnxruntime. A variable is an input, `variable/<name>`; on a GPU all are one flat input,
 * `variables`, in the program's order, and a program that changes them gives `variables_next`. Everything else keeps its name: an
 * input is `<input>`, a fetch `fetch/<name>`.
 */

import { FREE } from '../../domain/program/free-batch.ts';
import type { AttributeValue, Operation, Program, Value, Variable } from '../../domain/program/operation.ts';
import { size } from '../../domain/shapes/size.ts';
import * as convolution from './convolution.ts';
import { filterValues, type Layout, Layouts, planeAxis, toFilter, toPlanes } from './layouts.ts';
import { type ModelNotes, ModelWriter } from './model-writer.ts';
import { normByLargest, normInDouble } from './norm.ts';
import * as reductions from './reductions.ts';

export const VARIABLES = 'variables';
export const VARIABLES_NEXT = 'variables_next';
export const variableInput = (name: string): string => `variable/${name}`;

/** An end of a slice beyond every axis. */
const WHOLE_AXIS = 2 ** 31 - 1;

/** Starts or ends of a slice in a layout; in blocks, both axes of channels are sliced from `all`, or to it. */
function boundsIn(layout: Layout, bounds: readonly number[], all: number): readonly number[] {
  if (layout === 'planes') return toPlanes(bounds);
  const [batch = 0, height = 0, width = 0] = bounds;
  return layout === 'blocks' ? [batch, all, height, width, all] : bounds;
}

const list = (value: AttributeValue | undefined): readonly number[] => value as readonly number[];

interface ProgramOptions {
  readonly values?: ReadonlyMap<string, Float32Array>;
  readonly onDevice?: boolean;
  /** Channels of a block, if maps may be kept in blocks. */
  readonly block?: number | undefined;
}

/** Writes the operations of a program. With `values` its variables are constants, and its fetches keep their names. */
class ProgramWriter {
  readonly writer = new ModelWriter();
  readonly layouts: Layouts;
  /** Each variable's current tensor at this point of the program. */
  readonly #current = new Map<Variable, string>();
  readonly #places = new Map<Operation, string>();
  /** Convolutions and their biases that are written as one node with the bias or the rectifier that is their only use. */
  readonly #absorbed = new Set<Operation>();
  readonly #values: ReadonlyMap<string, Float32Array> | undefined;
  readonly #hasGradients: boolean;
  #changed = false;

  readonly onDevice: boolean;

  constructor(program: Program, { values, onDevice = false, block }: ProgramOptions = {}) {
    this.layouts = new Layouts(this.writer, block);
    this.onDevice = onDevice;
    this.#values = values;
    this.#hasGradients = program.operations.some(({ type }) => type === 'MaxPoolGrad');
    this.#findAbsorbed(program.operations);
    if (!values) this.#declareVariables(program.variables);
    for (const operation of program.operations) this.#write(operation);
    for (const [name, value] of program.fetches) {
      const output = values ? name : `fetch/${name}`;
      this.writer.nodes('Identity', [this.layouts.get(value)], { names: [output] });
      this.writer.output(output, value.dtype, value.shape);
    }
    if (this.#changed) this.#joinVariables(program.variables);
  }

  #declareVariables(variables: readonly Variable[]): void {
    if (this.onDevice) return this.#sliceVariables(variables);
    for (const variable of variables) {
      const name = variableInput(variable.name);
      this.writer.input(name, 'float32', variable.shape);
      this.#current.set(variable, name);
    }
  }

  /** One by one: a WebGPU shader has at most a dozen buffers, and a split needs one per variable. */
  #sliceVariables(variables: readonly Variable[]): void {
    let begin = 0;
    for (const variable of variables) {
      const { shape } = variable;
      const places = [[begin], [begin + size(shape)], [0]].map((at) => this.writer.ints(at));
      begin += size(shape);
      const part = this.writer.node('Slice', [VARIABLES, ...places]);
      const tensor = shape.length === 1 ? part : this.writer.node('Reshape', [part, this.writer.ints(shape)]);
      this.#current.set(variable, tensor);
    }
    this.writer.input(VARIABLES, 'float32', [begin]);
  }

  #joinVariables(variables: readonly Variable[]): void {
    const flat = variables.map((variable) =>
      this.writer.node('Reshape', [this.#variable(variable), this.writer.ints([-1])]),
    );
    this.writer.nodes('Concat', flat, { attributes: { axis: 0 }, names: [VARIABLES_NEXT] });
    this.writer.output(VARIABLES_NEXT, 'float32', [variables.reduce((sum, { shape }) => sum + size(shape), 0)]);
  }

  #variable(variable: Variable): string {
    const tensor = this.#current.get(variable);
    if (tensor === undefined) throw new Error(`${variable.name} is not declared`);
    return tensor;
  }

  /** 1 where a tensor is greater than 0, else 0. */
  #positive(tensor: string): string {
    const { writer } = this;
    if (this.onDevice) return writer.node('Sign', [writer.node('Relu', [tensor])]);
    // min(1, max(0, 1e38 x)), one pass: every positive number that is not flushed to 0 is above 1e-38. `Sign` takes six times as long.
    return writer.node('HardSigmoid', [tensor], { alpha: { float: 1e38 }, beta: { float: 0 } });
  }

  #write(operation: Operation): void {
    const { writer, layouts } = this;
    const { type, inputs, attributes: a, outputs } = operation;
    const [x, y] = inputs as [Value, Value];
    const output = outputs[0] as Value;
    const plain = (value: Value) => layouts.get(value);
    const set = (tensor: string, layout: Layout = 'plain') => layouts.set(output, tensor, layout);
    const elementwise = (op: string, values: readonly Value[] = inputs) => {
      const { tensors, layout } = layouts.aligned(values);
      set(writer.node(op, tensors), layout);
    };

    switch (type) {
      case 'Placeholder': {
        const name = operation.name.slice('input/'.length);
        writer.input(name, output.dtype, output.shape);
        return set(name);
      }
      case 'Const':
        return set(writer.floats(list(a['values']), output.shape));
      case 'ReadVariableOp':
        if (this.#values) return this.#freeze(operation, this.#values);
        return set(this.#variable(a['variable'] as Variable));
      case 'ResourceApplyKerasMomentum':
        return this.#applyMomentum(operation);
      case 'Conv2D':
        return this.#convolve(operation);
      case 'BiasAdd':
        return this.#absorbed.has(x.operation) ? this.#convolve(operation) : elementwise('Add');
      case 'Conv2DBackpropInput':
        return layouts.setLaid(output, convolution.convolutionInputGradient(this, operation));
      case 'Conv2DBackpropFilter':
        return set(convolution.convolutionFilterGradient(this, operation));
      case 'MatMul':
        return set(
          writer.node('Gemm', inputs.map(plain), { transA: a['transposeA'] ? 1 : 0, transB: a['transposeB'] ? 1 : 0 }),
        );
      case 'BiasAddGrad':
        return set(reductions.reduce(this, 'ReduceSum', { x, axes: x.shape.map((_, axis) => axis).slice(0, -1) }));
      case 'Relu':
        return this.#absorbed.has(x.operation) ? this.#convolve(operation) : elementwise('Relu');
      case 'ReluGrad': {
        const { tensors, layout } = layouts.aligned([x, y]);
        const [dy = '', features = ''] = tensors;
        return set(writer.node('Mul', [dy, this.#positive(features)]), layout);
      }
      case 'LeakyRelu': {
        const { tensors, layout } = layouts.aligned([x]);
        return set(writer.node('LeakyRelu', tensors, { alpha: { float: a['slope'] as number } }), layout);
      }
      case 'LeakyReluGrad': {
        const { tensors, layout } = layouts.aligned([x, y]);
        const [dy = '', features = ''] = tensors;
        const slope = a['slope'] as number;
        const scaled = writer.node('Mul', [this.#positive(features), writer.floats([1 - slope], [])]);
        return set(writer.node('Mul', [dy, writer.node('Add', [scaled, writer.floats([slope], [])])]), layout);
      }
      case 'MaxPool': {
        const { pooled, places } = convolution.maxPool(this, operation, { withPlaces: this.#hasGradients });
        this.#places.set(operation, places);
        return set(pooled, 'planes');
      }
      case 'MaxPoolGrad':
        return set(convolution.maxPoolGradient(this, operation, this.#places.get(y.operation) ?? ''), 'planes');
      case 'AvgPool':
        return set(convolution.averagePool(this, operation), 'planes');
      case 'AvgPoolGrad':
        return set(convolution.averagePoolGradient(this, operation), 'planes');
      case 'SparseSoftmaxCrossEntropyWithLogits':
        return this.#crossEntropy(operation);
      case 'Softmax':
        return set(writer.node('Softmax', [plain(x)], { axis: 1 }));
      case 'AddV2':
        return elementwise('Add');
      case 'Sub':
        return elementwise('Sub');
      case 'Mul':
        return elementwise('Mul');
      case 'RealDiv':
        return elementwise('Div');
      case 'Minimum':
        return elementwise('Min');
      case 'Maximum':
        return elementwise('Max');
      case 'AddN':
        return elementwise('Sum');
      case 'LessEqual': {
        const { tensors, layout } = layouts.aligned([x, y]);
        return set(writer.node('Cast', [writer.node('LessOrEqual', tensors)], { to: 1 }), layout);
      }
      case 'Sum':
        if (output.shape.length === 0) return set(reductions.total(this, 'ReduceSum', x));
        return set(reductions.reduce(this, 'ReduceSum', { x, axes: list(a['axes']) }));
      case 'Mean':
        return set(reductions.reduce(this, 'ReduceMean', { x, axes: list(a['axes']) }));
      case 'Max':
        return set(reductions.reduce(this, 'ReduceMax', { x, axes: list(a['axes']) }));
      case 'L2Loss': {
        return set(writer.node('Mul', [reductions.total(this, 'ReduceSumSquare', x), writer.floats([0.5], [])]));
      }
      case 'EuclideanNorm':
        return set((this.onDevice ? normByLargest : normInDouble)(writer, layouts.aligned([x]).tensors[0] ?? ''));
      case 'Reshape':
        return set(writer.node('Reshape', [plain(x), writer.ints(list(a['shape']))]));
      case 'BroadcastTo':
        if (output.shape.length !== 4) return set(writer.node('Expand', [plain(x), writer.ints(output.shape)]));
        return set(writer.node('Expand', [layouts.get(x, 'planes'), writer.ints(toPlanes(output.shape))]), 'planes');
      case 'Slice': {
        const [begin, size] = [list(a['begin']), list(a['size'])];
        const layout = size[3] === x.shape[3] ? layouts.common([x]) : this.#mapLayout(x);
        const end = begin.map((start, axis) => (size[axis] === FREE ? WHOLE_AXIS : start + (size[axis] ?? 0)));
        const bounds = [boundsIn(layout, begin, 0), boundsIn(layout, end, WHOLE_AXIS)];
        return set(writer.node('Slice', [layouts.get(x, layout), ...bounds.map((at) => writer.ints(at))]), layout);
      }
      case 'Pad': {
        const layout = this.#mapLayout(x);
        const order = layout === 'planes' ? toPlanes : (values: readonly number[]) => [...values];
        const pads = writer.ints([...order(list(a['before'])), ...order(list(a['after']))]);
        return set(writer.node('Pad', [layouts.get(x, layout), pads]), layout);
      }
      case 'ConcatV2': {
        const layout = inputs.every((value) => this.#mapLayout(value) === 'planes') ? 'planes' : 'plain';
        const axis = a['axis'] as number;
        const tensors = inputs.map((value) => layouts.get(value, layout));
        return set(writer.node('Concat', tensors, { axis: layout === 'planes' ? planeAxis(axis) : axis }), layout);
      }
      case 'Pack': {
        const one = writer.ints([1]);
        return set(
          writer.node(
            'Concat',
            inputs.map((value) => writer.node('Reshape', [plain(value), one])),
            { axis: 0 },
          ),
        );
      }
      case 'Identity':
        // Only fetches are identities; effects before them are in `variables_next`.
        return layouts.set(output, plain(x));
    }
  }

  /** A variable's value as an initializer under its own name; filters in the layout that a convolution needs. */
  #freeze({ attributes, outputs }: Operation, values: ReadonlyMap<string, Float32Array>): void {
    const { name, shape } = attributes['variable'] as Variable;
    const data = values.get(name);
    if (!data) throw new Error(`no value for ${name}`);
    const filter = shape.length === 4;
    this.writer.initializer(name, {
      shape: filter ? toFilter(shape) : shape,
      data: filter ? filterValues(data, shape) : data,
    });
    this.layouts.set(outputs[0] as Value, name, filter ? 'filter' : 'plain');
  }

  #mapLayout(value: Value): Layout {
    return value.shape.length === 4 && this.layouts.has(value, 'planes') ? 'planes' : 'plain';
  }

  /** Convolutions with nothing but a bias or a ReLU after them, and biases of such with nothing but a ReLU. */
  #findAbsorbed(operations: readonly Operation[]): void {
    const users = new Map<Operation, Operation[]>();
    for (const user of operations)
      for (const { operation } of user.inputs) users.set(operation, [...(users.get(operation) ?? []), user]);
    for (const operation of operations) {
      const [user, ...others] = users.get(operation) ?? [];
      if (!user || others.length > 0) continue;
      const [before] = operation.inputs;
      const ends = operation.type === 'Conv2D' && user.type === 'BiasAdd';
      const continues = operation.type === 'BiasAdd' && before !== undefined && this.#absorbed.has(before.operation);
      if (ends || ((operation.type === 'Conv2D' || continues) && user.type === 'Relu')) this.#absorbed.add(operation);
    }
  }

  /** A convolution with its bias and rectifier, written at the last of them; nothing is written at the others. */
  #convolve(operation: Operation): void {
    if (this.#absorbed.has(operation)) return;
    const chain = [operation];
    for (let at = operation; at.type !== 'Conv2D'; ) {
      at = (at.inputs[0] as Value).operation;
      chain.push(at);
    }
    const bias = chain.find(({ type }) => type === 'BiasAdd')?.inputs[1];
    const rectified = operation.type === 'Relu';
    const laid = convolution.convolve(this, chain.at(-1) as Operation, { bias, rectified });
    this.layouts.setLaid(operation.outputs[0] as Value, laid);
  }

  /** accumulator ← momentum·accumulator − rate·gradient, variable ← variable + accumulator. */
  #applyMomentum({ inputs, attributes }: Operation): void {
    const [rate = '', gradient = '', momentum = ''] = inputs.map((value) => this.layouts.get(value));
    const variable = attributes['variable'] as Variable;
    const accumulator = attributes['accumulator'] as Variable;
    const kept = this.writer.node('Mul', [this.#variable(accumulator), momentum]);
    const next = this.writer.node('Sub', [kept, this.writer.node('Mul', [gradient, rate])]);
    this.#current.set(accumulator, next);
    this.#current.set(variable, this.writer.node('Add', [this.#variable(variable), next]));
    this.#changed = true;
  }

  #crossEntropy({ inputs, outputs }: Operation): void {
    const { writer, layouts } = this;
    const [logits, labels] = inputs as [Value, Value];
    const [loss, gradient] = outputs as [Value, Value];
    const classes = logits.shape[1] ?? 1;
    const logarithm = writer.node('LogSoftmax', [layouts.get(logits)], { axis: 1 });
    const index = writer.node('Cast', [layouts.get(labels)], { to: 7 });
    const truth = writer.node('OneHot', [index, writer.ints([classes]), writer.floats([0, 1], [2])], { axis: 1 });
    const picked = writer.node('ReduceSum', [writer.node('Mul', [logarithm, truth]), writer.ints([1])], {
      keepdims: 0,
    });
    layouts.set(loss, writer.node('Neg', [picked]));
    layouts.set(gradient, writer.node('Sub', [writer.node('Exp', [logarithm]), truth]));
  }
}

/** The bytes of the ONNX model of a program; `block`: channels of a block, if onnxruntime has such convolutions. */
export const writeModel = (program: Program, { block }: Pick<ProgramOptions, 'block'> = {}): Uint8Array =>
  new ProgramWriter(program, { block }).writer.finish();

/**
 * The same for a GPU: the bytes, and the nodes that must run on the host. WebGPU's provider does not return the positions of maxima, which
 * the gradient of a max pool needs.
 */
export function writeDeviceModel(program: Program): { model: Uint8Array; onHost: readonly string[] } {
  const { writer } = new ProgramWriter(program, { onDevice: true });
  const hasGradients = program.operations.some(({ type }) => type === 'MaxPoolGrad');
  return { model: writer.finish(), onHost: hasGradients ? writer.namesOf('MaxPool') : [] };
}

/** A model that copies `variables`, of this many numbers, to `copy`: reads them from a device. */
export function writeCopyModel(length: number): Uint8Array {
  const writer = new ModelWriter();
  writer.input(VARIABLES, 'float32', [length]);
  writer.nodes('Identity', [VARIABLES], { names: ['copy'] });
  writer.output('copy', 'float32', [length]);
  return writer.finish();
}

/** The bytes of a model that needs nothing but its inputs: variables are constants, fetches have their own names. */
export const writeFrozenModel = (
  program: Program,
  { values, notes }: { values: ReadonlyMap<string, Float32Array>; notes: ModelNotes },
): Uint8Array => new ProgramWriter(program, { values }).writer.finish(notes);
