/** The step as one program: parts of a batch, the update's formula, the probe, and the order of reads and writes. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Network, weightedLayers } from '../../../server/domain/network/network.ts';
import { stateName } from '../../../server/domain/optimizers/optimizer.ts';
import { numbersOf, PROBE_FIELDS, type ProbeField } from '../../../server/domain/probe/quantities.ts';
import type { Operation } from '../../../server/domain/program/operation.ts';
import { gradientName, partProgram, partSizes, stepProgram } from '../../../server/domain/step/step.ts';
import { interpret } from '../../support/interpreter.ts';
import {
  activationCases,
  type Feed,
  feedFor,
  type NetworkCase,
  orderCases,
  pyramidCases,
} from '../../support/network-cases.ts';
import { uniforms } from '../../support/random.ts';
import { sgdOf } from '../../support/sgd.ts';
import { got } from '../../support/tensor.ts';

const BATCH = 5;
const RATE = 0.1;
const [MOMENTUM, DECAY] = [0.9, 0.02];
const train = sgdOf(MOMENTUM, DECAY);
const cases: readonly NetworkCase[] = [...activationCases, ...orderCases, ...pyramidCases];
const FETCHES = ['loss', 'logits', 'probe'] as const;

function inputsOf({ images, labels, masks }: Feed): Map<string, ArrayLike<number>> {
  const inputs = new Map<string, ArrayLike<number>>([
    ['images', images],
    ['labels', labels],
    ['learning_rate', [RATE]],
  ]);
  for (const [layer, mask] of masks) inputs.set(`dropout/${layer}`, mask);
  return inputs;
}

const copied = (variables: ReadonlyMap<string, Float64Array>) =>
  new Map([...variables].map(([name, values]) => [name, values.slice()]));

/** One step of a program; gives what it fetches and the variables after it. */
function step(
  network: Network,
  feed: Feed,
  options: { parts: number; order?: (operations: readonly Operation[]) => Operation[] },
) {
  const program = stepProgram({ network, batch: BATCH, parts: options.parts, train });
  const variables = copied(feed.variables);
  const order = options.order ? { order: options.order } : {};
  const fetched = interpret(program, { inputs: inputsOf(feed), variables, fetches: FETCHES, ...order });
  return new Map([...variables, ...[...fetched].map(([name, { data }]) => [name, data] as const)]);
}

/** Sums in another order differ in the last of 16 digits; sixteen layers deep, in the last three. */
function assertAlike(actual: ReadonlyMap<string, Float64Array>, expected: ReadonlyMap<string, Float64Array>): void {
  assert.deepEqual([...actual.keys()].sort(), [...expected.keys()].sort());
  for (const [name, values] of expected) {
    const own = got(actual.get(name), name);
    values.forEach((value, i) => {
      const found = own[i] ?? Number.NaN;
      assert.ok(Math.abs(found - value) <= 1e-11 * (1 + Math.abs(value)), `${name}[${i}] is ${found}, not ${value}`);
    });
  }
}

describe('a step in parts', () => {
  for (const [batch, parts, sizes] of [
    [7, 3, [3, 2, 2]],
    [5, 2, [3, 2]],
    [4, 4, [1, 1, 1, 1]],
    [6, 1, [6]],
  ] as const)
    it(`${parts} of ${batch} examples have ${sizes.join(', ')}`, () =>
      assert.deepEqual(partSizes(batch, parts), sizes));

  for (const [i, { name, network }] of cases.entries())
    it(`${name}: two and three uneven parts compute what one does`, () => {
      const feed = feedFor(network, { batch: BATCH, seed: 500 + i });
      const whole = step(network, feed, { parts: 1 });
      for (const parts of [2, 3]) assertAlike(step(network, feed, { parts }), whole);
    });
});

describe('the update of a step', () => {
  for (const [i, { name, network }] of cases.entries())
    it(`${name}: v ← μv − η(g + λw) with decay on weights alone, w ← w + v`, () => {
      const feed = feedFor(network, { batch: BATCH, seed: 600 + i });
      const after = step(network, feed, { parts: 1 });
      const part = partProgram({ network, batch: BATCH, examples: BATCH });
      const fetches = network.parameters.map(({ name: parameter }) => gradientName(parameter));
      const fetched = interpret(part, { inputs: inputsOf(feed), variables: feed.variables, fetches });
      const expected = new Map<string, Float64Array>();
      for (const { name: parameter, role } of network.parameters) {
        const weights = got(feed.variables.get(parameter), parameter);
        const velocity = got(feed.variables.get(stateName('velocity', parameter)), parameter);
        const decay = role === 'weight' ? DECAY : 0;
        const gradient = got(fetched.get(gradientName(parameter)), parameter).data;
        const moved = velocity.map((v, j) => MOMENTUM * v - RATE * ((gradient[j] ?? 0) + decay * (weights[j] ?? 0)));
        expected.set(stateName('velocity', parameter), moved);
        expected.set(
          parameter,
          weights.map((w, j) => w + (moved[j] ?? 0)),
        );
      }
      assertAlike(new Map([...expected.keys()].map((key) => [key, got(after.get(key), key)])), expected);
    });
});

const norm = (values: Float64Array | undefined) =>
  Math.sqrt(got(values, 'values').reduce((sum, value) => sum + value * value, 0));

describe('the probe of a step', () => {
  for (const [i, { name, network }] of cases.entries())
    it(`${name}: norms and statistics of every weighted layer`, () => {
      const feed = feedFor(network, { batch: BATCH, seed: 700 + i });
      const program = stepProgram({ network, batch: BATCH, parts: 1, train });
      const after = step(network, feed, { parts: 1 });
      const probe = got(after.get('probe'), 'probe');
      const layers = weightedLayers(network);
      assert.equal(probe.length, layers.length * PROBE_FIELDS.length);
      // Pre-activations: what the operations give from which the statistics are taken, each a sum over examples.
      for (const [j, { layer, output }] of layers.entries()) {
        const numbers = numbersOf(probe, j);
        const near = (what: ProbeField, expected: number) =>
          assert.ok(
            Math.abs(numbers[what] - expected) <= 1e-11 * (1 + Math.abs(expected)),
            `${layer.name}: ${what} is ${numbers[what]}, not ${expected}`,
          );
        const weight = `${layer.name}.weight`;
        const before = got(feed.variables.get(weight), weight);
        const velocity = got(after.get(stateName('velocity', weight)), weight);
        near('weightNorm', norm(before));
        near('updateNorm', norm(velocity));
        // g = (μv₀ − v)/η − λw.
        const start = got(feed.variables.get(stateName('velocity', weight)), weight);
        const gradient = velocity.map((v, k) => (MOMENTUM * (start[k] ?? 0) - v) / RATE - DECAY * (before[k] ?? 0));
        near('gradientNorm', norm(gradient));
        const slopes = feed.variables.get(`${layer.name}.slope`);
        near('slopeMean', slopes ? slopes.reduce((sum, slope) => sum + slope, 0) / slopes.length : 0);
        const y = preActivations(network, feed, layer.name);
        near(
          'sum',
          y.reduce((sum, value) => sum + value, 0),
        );
        near('l2', y.reduce((sum, value) => sum + value * value, 0) / 2);
        const first = y.slice(0, y.length / BATCH);
        near(
          'firstSum',
          first.reduce((sum, value) => sum + value, 0),
        );
        near('firstNorm', norm(first));
        const units = output[2];
        const alive = Array.from({ length: units }, (_, unit) => y.some((value, k) => k % units === unit && value > 0));
        near('deadFraction', layer.activation.kind === 'relu' ? alive.filter((is) => !is).length / units : 0);
      }
      assert.ok(program.fetches.has('probe'));
    });

  /** y of a layer for the whole batch: the biased product, or the product if there is no bias. */
  function preActivations(network: Network, feed: Feed, layer: string): Float64Array {
    const part = partProgram({ network, batch: BATCH, examples: BATCH });
    const readers = part.operations.filter(
      ({ type, attributes }) =>
        type === 'ReadVariableOp' && (attributes['variable'] as { name: string }).name === `${layer}.weight`,
    );
    const product = part.operations.find(
      ({ type, inputs }) =>
        (type === 'Conv2D' || type === 'MatMul') && readers.some((reader) => inputs[1]?.operation === reader),
    );
    const biased = part.operations.find(({ type, inputs }) => type === 'BiasAdd' && inputs[0]?.operation === product);
    const value = got((biased ?? product)?.outputs[0], layer);
    const fetching = { ...part, fetches: new Map([['y', value]]) };
    const fetched = interpret(fetching, { inputs: inputsOf(feed), variables: feed.variables, fetches: ['y'] });
    return got(fetched.get('y'), 'y').data;
  }
});

/** Any order that respects inputs and `after`: of the operations that can run, one at random. */
function anyOrder(seed: number): (operations: readonly Operation[]) => Operation[] {
  const uniform = uniforms(seed);
  return (operations) => {
    const done = new Set<Operation>();
    const order: Operation[] = [];
    const isReady = ({ inputs, after }: Operation) =>
      inputs.every(({ operation }) => done.has(operation)) && after.every((earlier) => done.has(earlier));
    while (order.length < operations.length) {
      const ready = operations.filter((operation) => !done.has(operation) && isReady(operation));
      const others = ready.filter(({ type }) => type !== 'ReadVariableOp');
      // Of two orders out of three, one with every read as late as can be: that is where a missing order shows.
      const from = others.length > 0 && (seed % 3 > 0 || uniform() < 0.5) ? others : ready;
      const next = got(from[Math.floor(uniform() * from.length)], 'an operation that can run');
      done.add(next);
      order.push(next);
    }
    return order;
  };
}

describe('a step gives the same bits in whatever order an engine runs what may be run', () => {
  for (const [i, { name, network }] of cases.entries())
    it(name, () => {
      const feed = feedFor(network, { batch: BATCH, seed: 800 + i });
      const expected = step(network, feed, { parts: 2 });
      for (let seed = 0; seed < 3; seed++)
        assert.deepEqual(step(network, feed, { parts: 2, order: anyOrder(seed) }), expected);
    });
});
