/** Each backend's engine, step by step, against the interpreter in double precision. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Network } from '../../server/domain/network/network.ts';
import { numbersOf } from '../../server/domain/probe/quantities.ts';
import { evaluationProgram, stepProgram } from '../../server/domain/step/step.ts';
import type { Batch, Engine } from '../../server/engines/engine.ts';
import { layerProbes } from '../../server/trainer/probe.ts';
import { backendsAndDevices, distance, type TestedBackend, withEngine } from '../support/engines.ts';
import { interpret } from '../support/interpreter.ts';
import {
  activationCases,
  blockCases,
  conv,
  convolutionCases,
  dense,
  type Feed,
  feedFor,
  graphCases,
  maxPool,
  orderCases,
  poolCases,
  pyramidCases,
} from '../support/network-cases.ts';
import { networkOf } from '../support/networks.ts';
import { sgdOf } from '../support/sgd.ts';
import { got } from '../support/tensor.ts';

/** Does not divide by 2 or 3: parts are uneven. */
const BATCH = 7;
const STEPS = 3;
const train = sgdOf(0.9, 0.02);
const RATES = [0.05, 0.05, 0.02];

/** Single precision keeps 6e-8 of a number; sums of some hundred, three steps deep, lose two or three digits of it. */
const TOLERANCE = 5e-5;

const batchOf = (feed: Feed, step: number): Batch => ({
  images: Float32Array.from(feed.images),
  labels: Int32Array.from(feed.labels),
  dropoutMasks: new Map([...feed.masks].map(([layer, mask]) => [layer, Float32Array.from(mask)])),
  learningRate: RATES[step] ?? Number.NaN,
  step: step + 1,
});

const floats = (variables: ReadonlyMap<string, Float64Array>) =>
  new Map([...variables].map(([name, values]) => [name, Float32Array.from(values)]));

/** What each step and the end should be, by name. */
function expectedOf(network: Network, feed: Feed) {
  const program = stepProgram({ network, batch: BATCH, parts: 1, train });
  const variables = new Map([...feed.variables].map(([name, values]) => [name, values.slice()]));
  const inputs = new Map<string, ArrayLike<number>>([
    ['images', feed.images],
    ['labels', feed.labels],
    ['evaluation_images', feed.images],
    ...[...feed.masks].map(([layer, mask]) => [`dropout/${layer}`, mask] as const),
  ]);
  const steps = RATES.map((rate) => {
    inputs.set('learning_rate', [Math.fround(rate)]);
    return interpret(program, { inputs, variables, fetches: ['loss', 'logits', 'probe'] });
  });
  const test = interpret(evaluationProgram(network, BATCH), { inputs, variables, fetches: ['evaluation_logits'] });
  return { steps, variables, evaluation: got(test.get('evaluation_logits'), 'logits').data };
}

function assertNear(actual: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
  const error = distance(actual, expected);
  const scale = Math.hypot(...Array.from(expected)) + 0.01 * Math.sqrt(expected.length);
  assert.ok(error <= TOLERANCE * scale, `${what} is ${error} away from a norm of ${scale}`);
}

async function follow(engine: Engine, network: Network, feed: Feed): Promise<void> {
  const expected = expectedOf(network, feed);
  await engine.assign(floats(feed.variables));
  for (let step = 0; step < STEPS; step++) {
    // Not every step is probed: a probed step must leave the same weights.
    const probe = step !== 1;
    const output = await engine.step(batchOf(feed, step), { probe });
    const wanted = got(expected.steps[step], `step ${step}`);
    assertNear([output.loss], got(wanted.get('loss'), 'loss').data, `the loss of step ${step}`);
    assertNear(output.logits, got(wanted.get('logits'), 'logits').data, `the logits of step ${step}`);
    assert.equal(output.probe !== undefined, probe);
    if (output.probe) assertNear(output.probe, got(wanted.get('probe'), 'probe').data, `the probe of step ${step}`);
  }
  assertNear(await engine.evaluate(Float32Array.from(feed.images)), expected.evaluation, 'the logits in test mode');
  const variables = await engine.read();
  assert.deepEqual([...variables.keys()].sort(), [...expected.variables.keys()].sort());
  for (const [name, values] of expected.variables) assertNear(got(variables.get(name), name), values, name);
}

const strided = convolutionCases.filter(({ name }) => /\/ [23], same|3×3 \/ 2, valid/.test(name));
const cases = [
  ...orderCases,
  ...graphCases,
  ...activationCases,
  ...pyramidCases,
  ...strided.slice(4, 6),
  ...poolCases.slice(2, 3),
  ...poolCases.slice(9, 10),
  ...blockCases,
];

describe('three steps of an engine are the interpreter’s', () => {
  // Each network in one number of parts, three in all: an engine takes a quarter of a second to make.
  for (const backend of backendsAndDevices)
    for (const [i, { name, network }] of cases.entries())
      for (const parts of i >= 3 && i < 6 ? [1, 2, 3] : [1 + (i % 3)])
        it(`${backend.name}, ${name}, ${parts} ${parts === 1 ? 'part' : 'parts'}`, { skip: backend.skip }, () =>
          withEngine(backend, { network, batchSize: BATCH, train, parts }, (engine) =>
            follow(engine, network, feedFor(network, { batch: BATCH, seed: 900 + i })),
          ),
        );
});

const repeated = cases.filter(({ name }) =>
  ['dense after dense', 'pools between convolutions', 'spp with uneven bins that share rows'].includes(name),
);

/** A network and a start, on an engine in two parts. */
const trial = (backend: TestedBackend, use: (engine: Engine, feed: Feed) => Promise<void>) => {
  const network = networkOf({
    input: [6, 6, 1],
    layers: [
      conv(3, 3, { activation: 'none' }),
      maxPool(2, 2),
      conv(3, 3),
      maxPool(2, 1),
      dense(3, { dropout: 0.5 }),
      dense(3),
    ],
  });
  return withEngine(backend, { network, batchSize: BATCH, train, parts: 2 }, (engine) =>
    use(engine, feedFor(network, { batch: BATCH, seed: 31 })),
  );
};

describe('an engine', () => {
  for (const backend of backendsAndDevices) {
    it(`${backend.name} gives back the bits that it was given`, { skip: backend.skip }, () =>
      trial(backend, async (engine, feed) => {
        await engine.assign(floats(feed.variables));
        assert.deepEqual(await engine.read(), floats(feed.variables));
      }),
    );

    for (const { name, network } of repeated)
      for (const parts of [1, 3])
        it(
          `${backend.name} computes the same bits again, probed or not: ${name}, ${parts} parts`,
          { skip: backend.skip },
          () =>
            withEngine(backend, { network, batchSize: BATCH, train, parts }, async (engine) => {
              const feed = feedFor(network, { batch: BATCH, seed: 32 });
              const run = async (probe: boolean) => {
                await engine.assign(floats(feed.variables));
                const losses: number[] = [];
                for (let step = 0; step < STEPS; step++)
                  losses.push((await engine.step(batchOf(feed, step), { probe })).loss);
                return { losses, variables: await engine.read() };
              };
              const first = await run(true);
              await engine.evaluate(Float32Array.from(feed.images));
              // Threads finish in another order each time; ten times show what depends on it.
              for (let again = 0; again < 10; again++) assert.deepEqual(await run(again % 2 === 0), first);
            }),
        );

    it(`${backend.name} leaves weights and velocities alone when it evaluates`, { skip: backend.skip }, () =>
      trial(backend, async (engine, feed) => {
        await engine.assign(floats(feed.variables));
        await engine.evaluate(Float32Array.from(feed.images));
        assert.deepEqual(await engine.read(), floats(feed.variables));
      }),
    );

    for (const value of [Number.NaN, Number.POSITIVE_INFINITY])
      it(
        `${backend.name} gives a loss that is not finite, not an error, for weights of ${value}`,
        { skip: backend.skip },
        () =>
          trial(backend, async (engine, feed) => {
            const variables = floats(feed.variables);
            got(variables.get('conv1.weight'), 'conv1.weight').fill(value);
            await engine.assign(variables);
            const { loss } = await engine.step(batchOf(feed, 0), { probe: true });
            assert.ok(!Number.isFinite(loss), String(loss));
            // Once diverged, everything is NaN: whatever else may be asked of the engine must still be answered.
            assert.ok(!Number.isFinite((await engine.step(batchOf(feed, 1), { probe: false })).loss));
            assert.equal((await engine.evaluate(Float32Array.from(feed.images))).length, BATCH * 3);
          }),
      );

    for (const scale of [1e-25, 1e-18, 1e20])
      it(`${backend.name} gives norms near ${scale}, whose squares single precision has not`, {
        skip: backend.skip,
      }, async () => {
        // What goes back from the logits is near 1; the second layer's weights scale it, and the first one's make up for it.
        const network = networkOf({
          input: [2, 2, 1],
          layers: [dense(3, { activation: 'none' }), dense(3, { activation: 'none' })],
        });
        const feed = feedFor(network, { batch: BATCH, seed: 5 });
        const factors: Record<string, number> = {
          'dense1.weight': Math.min(1, 1 / scale),
          'dense1.bias': Math.min(1, 1 / scale),
          'dense2.weight': scale,
        };
        const scaled = [...feed.variables].map(
          ([name, values]) => [name, values.map((value) => Math.fround(value * (factors[name] ?? 1)))] as const,
        );
        const variables = new Map(scaled);
        const expected = got(expectedOf(network, { ...feed, variables }).steps[0]?.get('probe'), 'probe').data;
        await withEngine(backend, { network, batchSize: BATCH, train, parts: 2 }, async (engine) => {
          await engine.assign(floats(variables));
          const { probe } = await engine.step(batchOf(feed, 0), { probe: true });
          const numbers = got(probe, 'probe');
          for (const [what, layer, field] of [
            ['gradient', 0, 'gradientNorm'],
            ['weights', 1, 'weightNorm'],
          ] as const) {
            const [actual, wanted] = [numbersOf(numbers, layer)[field], numbersOf(expected, layer)[field]];
            assert.ok(Math.abs(actual / wanted - 1) < TOLERANCE, `the ${what} have the norm ${actual}, not ${wanted}`);
            assert.ok(Math.abs(Math.log10(wanted / scale)) < 1.5, `${wanted} was meant to be near ${scale}`);
          }
        });
      });

    for (const scale of [1e-30, 1e-22, 1, 1e20, 1e30])
      it(`${backend.name} measures a signal near ${scale}, also if its squares are outside single precision`, {
        skip: backend.skip,
      }, async () => {
        const network = networkOf({
          input: [4, 4, 2],
          layers: [conv(6, 3), dense(3, { activation: 'none' })],
        });
        const feed = feedFor(network, { batch: BATCH, seed: 6 });
        const scaled = [...feed.variables].map(([name, values]) => {
          const factor = name.startsWith('conv1.') ? scale : name === 'dense1.weight' ? Math.min(1, 1 / scale) : 1;
          return [name, values.map((value) => Math.fround(value * factor))] as const;
        });
        const variables = new Map(scaled);
        const numbers = got(expectedOf(network, { ...feed, variables }).steps[0]?.get('probe'), 'probe').data;
        const { l2, sum } = numbersOf(numbers, 0);
        const count = BATCH * 4 * 4 * 6;
        const std = Math.sqrt((2 * l2) / count - (sum / count) ** 2);
        assert.ok(Math.abs(Math.log10(std / scale)) < 1, `${std} was meant to be near ${scale}`);
        await withEngine(backend, { network, batchSize: BATCH, train, parts: 2 }, async (engine) => {
          await engine.assign(floats(variables));
          const { probe } = await engine.step(batchOf(feed, 0), { probe: true });
          const [layer] = layerProbes(got(probe, 'probe'), { network, batchSize: BATCH, weightDecay: 0 });
          const measured = Number(layer?.activation_std);
          // If the squares underflow, of one example instead of seven: 96 numbers give a standard deviation within a few tenths.
          const tolerance = scale === 1 ? TOLERANCE : 0.5;
          assert.ok(Math.abs(measured / std - 1) < tolerance, `its standard deviation is ${measured}, not ${std}`);
        });
      });
  }
});
