/** Every operation as each backend computes it, one by one, against the interpreter in double precision. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { OperationType } from '../../server/domain/program/operation.ts';
import { backendsAndDevices, distance } from '../support/engines.ts';
import { interpret } from '../support/interpreter.ts';
import { Bench, groups } from '../support/operation-bench.ts';
import { got } from '../support/tensor.ts';

/** What no bench can have: the sources of numbers, and the update, which the engines' test covers. */
const ELSEWHERE: readonly OperationType[] = ['ResourceApplyKerasMomentum'];
const ALL: readonly OperationType[] = [
  'Placeholder',
  'Const',
  'ReadVariableOp',
  'Conv2D',
  'Conv2DBackpropInput',
  'Conv2DBackpropFilter',
  'MatMul',
  'BiasAdd',
  'BiasAddGrad',
  'Relu',
  'ReluGrad',
  'LeakyRelu',
  'LeakyReluGrad',
  'MaxPool',
  'MaxPoolGrad',
  'AvgPool',
  'AvgPoolGrad',
  'SparseSoftmaxCrossEntropyWithLogits',
  'Softmax',
  'AddV2',
  'Sub',
  'Mul',
  'RealDiv',
  'Minimum',
  'Maximum',
  'AddN',
  'LessEqual',
  'Sum',
  'Mean',
  'Max',
  'L2Loss',
  'EuclideanNorm',
  'Reshape',
  'BroadcastTo',
  'Slice',
  'Pad',
  'ConcatV2',
  'Pack',
  'Identity',
];

describe('the operations', () => {
  it('are all computed here', () => {
    const bench = new Bench();
    for (const add of Object.values(groups)) add(bench);
    const types = new Set(bench.b.program().operations.map(({ type }) => type));
    assert.deepEqual([...types].sort(), ALL.filter((type) => !ELSEWHERE.includes(type)).sort());
  });

  for (const backend of backendsAndDevices)
    describe(`on ${backend.name}`, () => {
      for (const [group, add] of Object.entries(groups))
        it(group, { skip: backend.skip }, async () => {
          const bench = new Bench();
          add(bench);
          const program = bench.b.program();
          const names = [...program.fetches.keys()];
          const expected = interpret(program, {
            inputs: bench.inputs,
            variables: new Map([['unused', Float64Array.of(0.5)]]),
            fetches: names,
          });
          const actual = await backend.run(program, {
            inputs: new Map(
              [...bench.inputs].map(([name, data]) => [
                name,
                name.startsWith('labels') ? Int32Array.from(data) : Float32Array.from(data),
              ]),
            ),
            variables: new Map([['unused', Float32Array.of(0.5)]]),
          });
          for (const name of names) {
            const wanted = got(expected.get(name), name).data;
            const error = distance(got(actual.get(name), name), wanted);
            // Sums of up to 150 products of numbers near 1, rounded to 6e-8 each: 1e-6; a wrong window is off by about 1.
            assert.ok(error <= 1e-5 * (1 + Math.hypot(...wanted)), `${name} is ${error} away`);
          }
        });
    });
});
