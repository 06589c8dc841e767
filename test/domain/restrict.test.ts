import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { restrict } from '../../server/domain/program/restrict.ts';
import { stepProgram } from '../../server/domain/step/step.ts';
import { interpret } from '../support/interpreter.ts';
import { feedFor, orderCases } from '../support/network-cases.ts';
import { sgdOf } from '../support/sgd.ts';
import { got } from '../support/tensor.ts';

const { network } = got(
  orderCases.find(({ name }) => name === 'dropout'),
  'dropout',
);
const BATCH = 3;
const program = stepProgram({ network, batch: BATCH, parts: 2, train: sgdOf(0.9, 0.01) });

/** What some fetches of a program give, and the variables after it. */
function run(of: typeof program, fetches: readonly string[]) {
  const feed = feedFor(network, { batch: BATCH, seed: 1 });
  const variables = new Map([...feed.variables].map(([name, values]) => [name, values.slice()]));
  const inputs = new Map<string, ArrayLike<number>>([
    ['images', feed.images],
    ['evaluation_images', feed.images],
    ['labels', feed.labels],
    ['learning_rate', [0.1]],
  ]);
  for (const [layer, mask] of feed.masks) inputs.set(`dropout/${layer}`, mask);
  return { fetched: interpret(of, { inputs, variables, fetches }), variables };
}

describe('a program restricted to some fetches', () => {
  for (const fetches of [['loss'], ['loss', 'probe'], ['evaluation_logits'], ['logits']])
    it(`${fetches.join(', ')}: computes the same, effects included`, () => {
      const restricted = restrict(program, fetches);
      assert.deepEqual([...restricted.fetches.keys()].sort(), [...fetches].sort());
      assert.deepEqual(run(restricted, fetches), run(program, fetches));
    });

  it('has no operation that is not needed', () => {
    const restricted = restrict(program, ['evaluation_logits']);
    const types = new Set(restricted.operations.map(({ type }) => type));
    assert.ok(!types.has('ResourceApplyKerasMomentum') && !types.has('SparseSoftmaxCrossEntropyWithLogits'));
    assert.ok(restricted.operations.length < program.operations.length / 2);
    // A fetch of the logits alone needs no update: evaluating must not train.
    assert.ok(!restrict(program, ['logits']).operations.some(({ type }) => type === 'ResourceApplyKerasMomentum'));
  });

  it('keeps the order, every variable, and only the inputs that are used', () => {
    const restricted = restrict(program, ['loss']);
    const places = restricted.operations.map((operation) => program.operations.indexOf(operation));
    assert.deepEqual(
      places,
      places.toSorted((a, b) => a - b),
    );
    assert.deepEqual(restricted.variables, program.variables);
    assert.deepEqual([...restrict(program, ['evaluation_logits']).inputs.keys()], ['evaluation_images']);
    assert.deepEqual([...restricted.inputs.keys()].sort(), [
      'dropout/dense1',
      'dropout/dense2',
      'images',
      'labels',
      'learning_rate',
    ]);
  });
});
