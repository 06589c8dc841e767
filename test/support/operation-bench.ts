/** Programs of single operations, each on every kind of input that it may meet. */
import { Builder } from '../../server/domain/program/builder.ts';
import type { Value } from '../../server/domain/program/operation.ts';
import * as op from '../../server/domain/program/operations.ts';
import { fill, normals } from './random.ts';
import { count } from './tensor.ts';

/** A program under construction whose inputs are filled as they are made; each result is fetched by a name that says what it is. */
export class Bench {
  readonly b = new Builder();
  readonly inputs = new Map<string, Float64Array>();
  readonly #normal = normals(42);
  readonly #unused = this.b.read(this.b.variable({ name: 'unused', shape: [1], kind: 'learned' }));

  constructor() {
    this.result('variable', this.#unused);
  }

  /** Normal numbers of a shape, as single precision holds them. */
  input(shape: readonly number[], change: (value: number) => number = (value) => value): Value {
    const name = `x${this.inputs.size}`;
    this.inputs.set(
      name,
      fill(count(shape), () => Math.fround(change(this.#normal()))),
    );
    return this.b.input(name, shape);
  }

  /** A map as a convolution leaves it: the onnx writer keeps it in planes, or in blocks where channels are whole blocks. */
  map(shape: readonly [number, number, number, number]): Value {
    const channels = shape[3];
    return op.conv2d(this.b, [this.input(shape), this.input([1, 1, channels, channels])], {
      stride: 1,
      padding: 'same',
    });
  }

  result(name: string, value: Value): void {
    this.b.fetch(name, value);
  }
}

/** Rounding to one of a few numbers: zeros, ties and equal limits happen. */
const coarse = (value: number) => Math.round(value * 2) / 2;

/** Channels of a block on every processor that has blocks: of 8 or of 16. */
const BLOCK = 16;

interface Channels {
  readonly inputs: number;
  readonly outputs: number;
}

function convolutions(bench: Bench, kernel: number, { inputs, outputs }: Channels): void {
  const { b } = bench;
  const maps = [
    [2, 7, 6, inputs],
    [2, 6, 5, inputs],
    [3, 1, 4, 1],
    [1, 9, 8, inputs],
    [2, kernel, kernel, inputs],
  ] as const;
  for (const map of maps)
    for (const stride of [1, 2, 3, 4])
      for (const padding of ['same', 'valid'] as const) {
        if (padding === 'valid' && kernel > Math.min(map[1], map[2])) continue;
        const strided = { stride, padding };
        const x = bench.input(map);
        const weights = bench.input([kernel, kernel, map[3], outputs]);
        const y = op.conv2d(b, [x, weights], strided);
        const again = () => op.conv2d(b, [x, weights], strided);
        const biased = () => op.biasAdd(b, again(), bench.input([outputs]));
        const dy = bench.input(y.shape);
        const name = `${map.join('×')} by ${kernel} every ${stride} ${padding}`;
        bench.result(`Conv2D ${name}`, y);
        bench.result(`BiasAdd of Conv2D ${name}`, biased());
        bench.result(`Relu of Conv2D ${name}`, op.relu(b, again()));
        bench.result(`Relu of BiasAdd of Conv2D ${name}`, op.relu(b, biased()));
        bench.result(
          `Conv2DBackpropInput ${name}`,
          op.conv2dBackpropInput(b, [weights, dy], { ...strided, shape: map }),
        );
        bench.result(
          `Conv2DBackpropFilter ${name}`,
          op.conv2dBackpropFilter(b, [x, dy], { ...strided, shape: weights.shape }),
        );
      }
}

/** Numbers of maps that vector units split evenly, and others. */
function channels(bench: Bench, numbers: { inputs: readonly number[]; outputs: readonly number[] }): void {
  const { b } = bench;
  for (const inputs of numbers.inputs)
    for (const outputs of numbers.outputs) {
      const strided = { stride: 1, padding: 'same' } as const;
      const x = bench.input([2, 6, 5, inputs]);
      const weights = bench.input([3, 3, inputs, outputs]);
      const y = op.conv2d(b, [x, weights], strided);
      const dy = bench.input(y.shape);
      const name = `${inputs} to ${outputs}`;
      bench.result(`Conv2D ${name}`, y);
      bench.result(
        `Conv2DBackpropInput ${name}`,
        op.conv2dBackpropInput(b, [weights, dy], { ...strided, shape: x.shape }),
      );
      bench.result(
        `Conv2DBackpropFilter ${name}`,
        op.conv2dBackpropFilter(b, [x, dy], { ...strided, shape: weights.shape }),
      );
      const halved = { stride: 2, padding: 'same' } as const;
      const smaller = op.conv2d(b, [x, weights], halved);
      bench.result(`Conv2D ${name} every 2`, smaller);
      bench.result(
        `Conv2DBackpropInput ${name} every 2`,
        op.conv2dBackpropInput(b, [weights, bench.input(smaller.shape)], { ...halved, shape: x.shape }),
      );
    }
}

/** `channels`: those of maps, for which a writer may have several layouts. */
function pools(bench: Bench, channels: number): void {
  const { b } = bench;
  for (const [x, kind] of [
    [bench.map([2, 7, 6, channels]), 'of a convolution'],
    [bench.input([2, 7, 6, channels], coarse), 'with ties'],
    [bench.map([1, 8, 9, channels]), 'of a convolution, 8×9'],
  ] as const)
    for (const size of [
      [1, 1],
      [2, 2],
      [3, 3],
      [2, 3],
      [7, 6],
    ] as const)
      for (const stride of [
        [1, 1],
        [2, 2],
        [3, 2],
        [3, 3],
        [4, 4],
      ] as const) {
        const pool = { size, stride };
        const name = `${size.join('×')} every ${stride.join('×')}, ${kind}`;
        const largest = op.maxPool(b, x, pool);
        const dy = bench.input(largest.shape);
        bench.result(`MaxPool ${name}`, largest);
        bench.result(`MaxPoolGrad ${name}`, op.maxPoolGrad(b, [x, largest, dy], pool));
        bench.result(`AvgPool ${name}`, op.avgPool(b, x, pool));
        bench.result(`AvgPoolGrad ${name}`, op.avgPoolGrad(b, dy, { ...pool, shape: x.shape }));
      }
}

function products(bench: Bench): void {
  const { b } = bench;
  for (const [p, q] of [
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ] as const)
    bench.result(
      `MatMul ${p} ${q}`,
      op.matMul(b, [bench.input(p ? [4, 3] : [3, 4]), bench.input(q ? [5, 4] : [4, 5])], { a: p, b: q }),
    );
  for (const x of [bench.input([4, 3]), bench.input([2, 3, 4, 3]), bench.map([2, 3, 4, 3])]) {
    const name = `${x.shape} ${x.operation.type}`;
    bench.result(`BiasAdd ${name}`, op.biasAdd(b, x, bench.input([3])));
    bench.result(`BiasAddGrad ${name}`, op.biasAddGrad(b, x));
  }
  for (const [name, logits] of [
    ['small', bench.input([4, 3])],
    ['large', bench.input([4, 3], (x) => x * 1e4)],
    ['one class', bench.input([4, 1])],
  ] as const) {
    const key = `labels ${name}`;
    const labels = b.input(key, [4], 'int32');
    bench.inputs.set(
      key,
      Float64Array.of(0, 1, 2, 1).map((label) => Math.min(label, (logits.shape[1] ?? 1) - 1)),
    );
    const { loss, gradient } = op.softmaxCrossEntropy(b, logits, labels);
    bench.result(`SparseSoftmaxCrossEntropyWithLogits ${name}`, loss);
    bench.result(`its gradient ${name}`, gradient);
    bench.result(`Softmax ${name}`, op.softmax(b, logits));
  }
}

function elementwise(bench: Bench, channels: number): void {
  const { b } = bench;
  const shape = [2, 3, 4, channels] as const;
  const pairs = (): [string, Value, Value][] => [
    ['vectors', bench.input([5]), bench.input([5], coarse)],
    ['matrix and row', bench.input([4, 3], coarse), bench.input([3], coarse)],
    ['matrix and number', bench.input([4, 3], coarse), b.constant(0.5)],
    ['map and map', bench.map(shape), bench.input(shape)],
    ['map and channels', bench.map(shape), bench.input([channels])],
    ['map and one channel', bench.map([2, 3, 4, 1]), bench.input([1])],
    ['map and one map for all channels', bench.map(shape), bench.input([2, 3, 4, 1])],
    ['map and shared', bench.map(shape), bench.input([1])],
    ['map and number', bench.map(shape), b.constant(-0.25)],
    ['plain map and channels', bench.input(shape, coarse), bench.input([channels], coarse)],
  ];
  for (const [name, x, y] of pairs()) {
    bench.result(`AddV2 ${name}`, op.add(b, x, y));
    bench.result(`Sub ${name}`, op.subtract(b, x, y));
    bench.result(`Mul ${name}`, op.multiply(b, x, y));
    bench.result(`RealDiv ${name}`, op.divide(b, x, op.maximum(b, op.multiply(b, y, y), b.constant(0.5))));
    bench.result(`Minimum ${name}`, op.minimum(b, x, y));
    bench.result(`Maximum ${name}`, op.maximum(b, x, y));
  }
  for (const [name, x] of [
    ['plain', bench.input([3, 4], coarse)],
    ['of a map', bench.map([2, 3, 2, channels])],
  ] as const) {
    const dy = bench.input(x.shape);
    bench.result(`Relu ${name}`, op.relu(b, x));
    bench.result(`ReluGrad of the input ${name}`, op.reluGrad(b, dy, x));
    bench.result(`ReluGrad of the output ${name}`, op.reluGrad(b, dy, op.relu(b, x)));
    bench.result(`LeakyRelu ${name}`, op.leakyRelu(b, x, 0.2));
    bench.result(`LeakyRelu below 0 ${name}`, op.leakyRelu(b, x, -0.5));
    bench.result(`LeakyReluGrad ${name}`, op.leakyReluGrad(b, [dy, x], 0.2));
    bench.result(`LeakyReluGrad above 1 ${name}`, op.leakyReluGrad(b, [dy, x], 1.5));
    bench.result(`LessEqual ${name}`, op.isAtMost(b, x, 0.5));
    bench.result(`AddN ${name}`, op.addAll(b, [x, dy, bench.input(x.shape)]));
  }
}

function reductionsAndShapes(bench: Bench, channels: number): void {
  const { b } = bench;
  const axesOf: Record<string, readonly (readonly number[])[]> = {
    1: [[0]],
    2: [[0], [1], [0, 1]],
    4: [[0], [3], [1, 2], [0, 1, 2], [2, 3], [0, 1, 2, 3]],
  };
  for (const x of [bench.input([5]), bench.input([4, 3]), bench.input([2, 3, 4, 2]), bench.map([2, 3, 4, channels])]) {
    const name = `${x.shape} ${x.operation.type}`;
    for (const axes of axesOf[x.shape.length] ?? []) {
      bench.result(`Sum ${name} over ${axes}`, op.sum(b, x, axes));
      bench.result(`Mean ${name} over ${axes}`, op.mean(b, x, axes));
      bench.result(`Max ${name} over ${axes}`, op.max(b, x, axes));
    }
    bench.result(`L2Loss ${name}`, op.l2Loss(b, x));
    bench.result(`EuclideanNorm ${name}`, op.norm(b, x));
    bench.result(`Reshape ${name}`, op.reshape(b, x, [count(x.shape), 1]));
  }
  for (const [name, x] of [
    ['plain', bench.input([2, 3, 4, channels])],
    ['of a convolution', bench.map([2, 3, 4, channels])],
  ] as const) {
    bench.result(`Slice ${name}`, op.slice(b, x, { begin: [1, 0, 1, 1], size: [1, 3, 2, 1] }));
    bench.result(`Slice of all channels ${name}`, op.slice(b, x, { begin: [1, 0, 1, 0], size: [1, 3, 2, channels] }));
    bench.result(`Pad ${name}`, op.pad(b, x, { before: [0, 1, 2, 0], after: [0, 0, 1, 3] }));
    bench.result(`ConcatV2 of maps ${name}`, op.concat(b, [x, bench.input(x.shape)], 0));
    bench.result(`ConcatV2 of channels ${name}`, op.concat(b, [x, bench.map([2, 3, 4, channels])], 3));
    const turned = [2, 4, 3, channels];
    bench.result(
      `Reshape back and forth ${name}`,
      op.relu(b, op.reshape(b, op.reshape(b, x, [2, 12 * channels]), turned)),
    );
  }
  const row = bench.input([2, 1, 1, 3]);
  bench.result('BroadcastTo of a map', op.broadcastTo(b, row, [2, 3, 4, 3]));
  bench.result('BroadcastTo of a row', op.broadcastTo(b, bench.input([1, 3]), [4, 3]));
  bench.result('Slice of a matrix', op.slice(b, bench.input([4, 3]), { begin: [1, 1], size: [2, 2] }));
  bench.result('ConcatV2 along columns', op.concat(b, [bench.input([2, 3]), bench.input([2, 1])], 1));
  bench.result('Pack', op.pack(b, [op.sum(b, row), op.l2Loss(b, row), b.constant(7)]));
}

/** Sums of so many numbers that a running one in single precision is off by some 1e-4. */
function largeSums(bench: Bench, channels: number): void {
  const { b } = bench;
  const x = op.conv2d(b, [bench.input([8, 112, 112, 1], Math.abs), bench.input([1, 1, 1, channels], Math.abs)], {
    stride: 1,
    padding: 'same',
  });
  bench.result('Sum', op.sum(b, x));
  bench.result('L2Loss', op.l2Loss(b, x));
  bench.result('EuclideanNorm', op.norm(b, x));
  bench.result('BiasAddGrad', op.biasAddGrad(b, x));
}

/** The operations in groups: each adds its own to a bench. */
export const groups: Readonly<Record<string, (bench: Bench) => void>> = {
  // A program a kernel: onnxruntime takes longer to load one of all than it takes to load seven.
  ...Object.fromEntries(
    [1, 2, 3, 4, 5, 6, 7].map((kernel) => [
      `convolutions by ${kernel}`,
      (bench: Bench) => convolutions(bench, kernel, { inputs: 2, outputs: 3 }),
    ]),
  ),
  ...Object.fromEntries(
    [1, 2, 3, 4, 7].map((kernel) => [
      `convolutions by ${kernel}, whole blocks of channels`,
      (bench: Bench) => convolutions(bench, kernel, { inputs: BLOCK, outputs: BLOCK }),
    ]),
  ),
  'convolutions by numbers of maps': (bench) =>
    channels(bench, { inputs: [3, 5, 6, 8, 9, 12, 18], outputs: [3, 4, 6, 8] }),
  'convolutions by numbers of maps, some of them whole blocks': (bench) =>
    channels(bench, { inputs: [1, 3, 8, 12, BLOCK, 20, 3 * BLOCK], outputs: [8, BLOCK, 20, 3 * BLOCK] }),
  pools: (bench) => pools(bench, 3),
  'pools of whole blocks': (bench) => pools(bench, BLOCK),
  products,
  elementwise: (bench) => elementwise(bench, 3),
  'elementwise on whole blocks': (bench) => elementwise(bench, BLOCK),
  'reductions and shapes': (bench) => reductionsAndShapes(bench, 2),
  'reductions and shapes of whole blocks': (bench) => reductionsAndShapes(bench, BLOCK),
  'sums over large maps': (bench) => largeSums(bench, 20),
  'sums over large maps of whole blocks': (bench) => largeSums(bench, BLOCK),
};
