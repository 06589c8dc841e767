/** SGD with momentum: what is emitted, and what moves flat arrays, against the formula written down naively. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeOptimizer, inputsAt, stateName } from '../../../server/domain/optimizers/optimizer.ts';
import { optimizerOf } from '../../../server/domain/optimizers/optimizers.ts';
import { Builder } from '../../../server/domain/program/builder.ts';
import { interpret } from '../../support/interpreter.ts';
import { fill, normals } from '../../support/random.ts';
import { got } from '../../support/tensor.ts';

const LENGTH = 7;
const [MOMENTUM, RATE, DECAY] = [0.9, 0.03, 0.2];
const optimizer = optimizerOf({ kind: 'sgd', momentum: MOMENTUM });

/** Weights, velocity and gradient that single precision holds exactly. */
function start() {
  const normal = normals(3);
  const numbers = () => fill(LENGTH, () => Math.fround(normal()));
  return { weights: numbers(), velocity: numbers(), gradient: numbers() };
}

type Start = ReturnType<typeof start>;

function naive({ weights, velocity, gradient }: Start, decay: number) {
  const change = velocity.map((v, i) => MOMENTUM * v - RATE * ((gradient[i] ?? 0) + decay * (weights[i] ?? 0)));
  return { change, weights: weights.map((w, i) => w + (change[i] ?? 0)) };
}

/** One step of the emitted update, in double precision. */
function emitted({ weights, velocity, gradient }: Start, decay: number) {
  const b = new Builder();
  const variable = b.variable({ name: 'w', shape: [LENGTH], kind: 'learned' });
  const states = optimizer.states.map((state) =>
    b.variable({ name: stateName(state, 'w'), shape: [LENGTH], kind: 'state' }),
  );
  const update = optimizer.emitter(b, (name) => b.input(name, []));
  const before = b.read(variable);
  const { effect, change } = update({ variable, states, before, gradient: b.input('gradient', [LENGTH]), decay });
  b.fetch('change', change(), [effect]);
  const variables = new Map([
    ['w', weights.slice()],
    ['velocity/w', velocity.slice()],
  ]);
  const inputs = new Map<string, ArrayLike<number>>([
    ['gradient', gradient],
    ...inputsAt(optimizer, { rate: RATE, step: 1 }).map(([name, value]) => [name, [value]] as const),
  ]);
  const fetched = interpret(b.program(), { inputs, variables, fetches: ['change'] });
  return { change: got(fetched.get('change'), 'change').data, weights: got(variables.get('w'), 'w') };
}

function assertNear(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  assert.equal(actual.length, expected.length);
  for (let i = 0; i < expected.length; i++)
    assert.ok(
      Math.abs((actual[i] ?? Number.NaN) - (expected[i] ?? 0)) <= tolerance,
      `${actual[i]}, not ${expected[i]}`,
    );
}

describe('SGD with momentum', () => {
  for (const decay of [0, DECAY])
    it(`emits v ← μv − η(g + λw), w ← w + v, and Δw, at λ = ${decay}`, () => {
      const expected = naive(start(), decay);
      const own = emitted(start(), decay);
      // Double precision: the same sums, perhaps in another order.
      assertNear(own.weights, expected.weights, 1e-14);
      assertNear(own.change, expected.change, 1e-14);
    });

  it('moves flat arrays to the same numbers, in its range only, and gives Δw', () => {
    const { weights, velocity, gradient } = start();
    const expected = naive(start(), DECAY);
    const own = Float32Array.from(weights);
    const arrays = { weights: own, states: [Float32Array.from(velocity)], gradient: Float32Array.from(gradient) };
    const [begin, end] = [2, 5];
    const change = optimizer.move({ ...arrays, decay: DECAY }, { rate: RATE, step: 1 }, { begin, end });
    // Single precision keeps 6e-8 of numbers up to 3, and rounds twice.
    assertNear(own.subarray(begin, end), expected.weights.subarray(begin, end), 5e-7);
    assertNear(change.subarray(begin, end), expected.change.subarray(begin, end), 5e-7);
    for (const i of [0, 1, 5, 6]) assert.equal(own[i], weights[i]);
  });

  it('moves a weight η/(1 − μ) a step in the end under a steady gradient of 1, and knows the rate for that', () => {
    const arrays = { weights: new Float32Array(1), states: [new Float32Array(1)], gradient: new Float32Array([1]) };
    let change = 0;
    for (let step = 1; step <= 300; step++)
      change = got(optimizer.move({ ...arrays, decay: 0 }, { rate: RATE, step }, { begin: 0, end: 1 })[0], 'Δw');
    // 0.9^300 is 2e-14: what is left is single precision.
    assert.ok(Math.abs(-change / optimizer.effectiveRate(RATE) - 1) < 1e-6, String(change));
    assert.ok(Math.abs(optimizer.rateOf(optimizer.effectiveRate(RATE)) / RATE - 1) < 1e-15);
  });

  it('is fed the rate alone, whatever the step', () => {
    for (const step of [1, 1000])
      assert.deepEqual(inputsAt(optimizer, { rate: RATE, step }), [['learning_rate', RATE]]);
  });

  it('is called after its momentum', () => assert.equal(describeOptimizer(optimizer), 'momentum 0.9'));
});
