/**
 * A program is a list of operations in single-assignment form, with every shape known (except the number of examples if
 * `freeBatch` left it open): forward, backward, update, norms.
 * Operations are named and defined as TensorFlow names and defines them (channels last), so that one document describes
 * both; `server/engines` writes the same program as a GraphDef or as an ONNX model.
 */

export type DataType = 'float32' | 'int32';

/** All operations of programs; every backend supports all of them. */
export type OperationType =
  // Sources.
  | 'Placeholder'
  | 'Const'
  | 'ReadVariableOp'
  // Weighted layers.
  | 'Conv2D'
  | 'Conv2DBackpropInput'
  | 'Conv2DBackpropFilter'
  | 'MatMul'
  | 'BiasAdd'
  | 'BiasAddGrad'
  // Rectifiers.
  | 'Relu'
  | 'ReluGrad'
  | 'LeakyRelu'
  | 'LeakyReluGrad'
  // Pooling.
  | 'MaxPool'
  | 'MaxPoolGrad'
  | 'AvgPool'
  | 'AvgPoolGrad'
  // The loss.
  | 'SparseSoftmaxCrossEntropyWithLogits'
  | 'Softmax'
  // Arithmetic, with broadcasting over leading axes.
  | 'AddV2'
  | 'Sub'
  | 'Mul'
  | 'RealDiv'
  | 'Minimum'
  | 'Maximum'
  | 'AddN'
  | 'LessEqual'
  // Reductions.
  | 'Sum'
  | 'Mean'
  | 'Max'
  | 'L2Loss'
  | 'EuclideanNorm'
  // Shapes.
  | 'Reshape'
  | 'BroadcastTo'
  | 'Slice'
  | 'Pad'
  | 'ConcatV2'
  | 'Pack'
  // Effects.
  | 'ResourceApplyKerasMomentum'
  | 'Identity';

export type AttributeValue = number | string | boolean | readonly number[] | Float32Array | Variable;

/**
 * The kind of a variable. All are in checkpoints; learned and tracked ones make up the trained network, and are in its
 * exports. Learned: the optimiser updates it by its gradient. Tracked: running statistics of the batches; it
 * has no gradient. State: the optimiser's state for a learned one.
 */
export type VariableKind = 'learned' | 'tracked' | 'state';

/** An array that persists in the session between steps. */
export interface Variable {
  readonly name: string;
  readonly kind: VariableKind;
  readonly shape: readonly number[];
}

/** One output of an operation. */
export interface Value {
  readonly operation: Operation;
  /** Which of the operation's outputs. */
  readonly index: number;
  readonly dtype: DataType;
  readonly shape: readonly number[];
}

export interface Operation {
  /** Unique in the program. */
  readonly name: string;
  readonly type: OperationType;
  readonly inputs: readonly Value[];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  /** Operations whose effects must precede this one. */
  readonly after: readonly Operation[];
  readonly outputs: readonly Value[];
  /** Its part of the batch; absent: all of it. Several machines share a step by parts. */
  readonly part?: number;
}

export interface Program {
  /** In an order in which they can run. */
  readonly operations: readonly Operation[];
  readonly variables: readonly Variable[];
  /** The inputs of every run, by name. */
  readonly inputs: ReadonlyMap<string, Value>;
  /** The outputs that can be requested, by name; only what a fetch needs is computed. */
  readonly fetches: ReadonlyMap<string, Value>;
}
