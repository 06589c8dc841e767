/**
 * A program is a list of operations in single-assignment form, with every shape known (but for the number of examples where
 * `freeBatch` left it open): forward, backward, update, norms.
 * Operations are named and defined as TensorFlow names and defines them (channels last), so that one document explains
 * both; `server/engines` writes the same program as a GraphDef or as an ONNX model.
 */

export type DataType = 'float32' | 'int32';

/** Every operation that a program may hold; a backend writes all of them. */
export type OperationType =
  // Where numbers come from.
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
 * What a variable is to a run. All are in its checkpoints; learned and tracked ones make up the trained network, and are in its
 * exports. Learned: the update moves it against its gradient. Tracked: gathered from the batches, as running statistics are; it
 * has no gradient. State: what the optimiser keeps of a learned one.
 */
export type VariableKind = 'learned' | 'tracked' | 'state';

/** An array that lives in the session, from step to step. */
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
  /** Operations whose effect must have happened before this one runs. */
  readonly after: readonly Operation[];
  readonly outputs: readonly Value[];
  /** The part of the batch that it works on; absent: on all of it. Several machines share a step by this. */
  readonly part?: number;
}

export interface Program {
  /** In an order in which they can be run. */
  readonly operations: readonly Operation[];
  readonly variables: readonly Variable[];
  /** What is fed at every run, by name. */
  readonly inputs: ReadonlyMap<string, Value>;
  /** What can be asked for, by name; only what a fetch needs is run. */
  readonly fetches: ReadonlyMap<string, Value>;
}
