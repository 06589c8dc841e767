/** The paper's update over several steps with a changing rate, on every engine, against one that is written down naively. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Network } from '../../server/domain/network/network.ts';
import { stateName } from '../../server/domain/optimizers/optimizer.ts';
import { gradientName, partProgram } from '../../server/domain/step/step.ts';
import { backends, distance, withEngine } from '../support/engines.ts';
import { interpret } from '../support/interpreter.ts';
import { activations, conv, dense, type Feed, feedFor, maxPool } from '../support/network-cases.ts';
import { networkOf } from '../support/networks.ts';
import { sgdOf } from '../support/sgd.ts';
import { count, got } from '../support/tensor.ts';

const BATCH = 6;
/** Constant, dropped tenfold, raised: whether the rate of a step acts on older gradients shows at a change only. */
const RATES = [0.05, 0.05, 0.005, 0.005, 0.03, 0.03, 0.001];
/** Decay that is large beside the gradients, so that it shows where it does not belong. */
const [MOMENTUM, DECAY] = [0.9, 0.3];
const train = sgdOf(MOMENTUM, DECAY);

const network: Network = networkOf({
  input: [7, 6, 2],
  layers: [
    conv(3, 3, { activation: activations['prelu a channel'] }),
    maxPool(2, 1),
    dense(5, { activation: activations['prelu a layer'] }),
    dense(3),
  ],
});

interface Rule {
  /** Which roles decay. */
  readonly decays: (role: string) => boolean;
  /** Δ ← μΔ + ε·g, w ← w − Δ; or outside: Δ ← μΔ + g, w ← w − ε·Δ. */
  readonly rate: 'inside' | 'outside';
}

const paper: Rule = { decays: (role) => role === 'weight', rate: 'inside' };

/** Gradients of the loss at some weights, in double precision, by parameter. */
function gradientsAt(variables: ReadonlyMap<string, Float64Array>, feed: Feed): Map<string, Float64Array> {
  const part = partProgram({ network, batch: BATCH, examples: BATCH });
  const inputs = new Map<string, ArrayLike<number>>([
    ['images', feed.images],
    ['labels', feed.labels],
  ]);
  const fetches = network.parameters.map(({ name }) => gradientName(name));
  const fetched = interpret(part, { inputs, variables: new Map(variables), fetches });
  return new Map(
    network.parameters.map(({ name }) => [name, Float64Array.from(got(fetched.get(gradientName(name)), name).data)]),
  );
}

/** Parameters after all steps, one number after the other. `start`: the velocities are at rest there. */
function naive(feed: Feed, { decays, rate }: Rule): Map<string, Float64Array> {
  const weights = new Map(network.parameters.map(({ name }) => [name, got(feed.variables.get(name), name).slice()]));
  const deltas = new Map(network.parameters.map(({ name, shape }) => [name, new Float64Array(count(shape))]));
  for (const epsilon of RATES) {
    const gradients = gradientsAt(new Map([...feed.variables, ...weights]), feed);
    for (const { name, role } of network.parameters) {
      const [w, delta, gradient] = [weights.get(name), deltas.get(name), gradients.get(name)];
      if (!w || !delta || !gradient) throw new Error(name);
      for (let i = 0; i < w.length; i++) {
        const slope = (gradient[i] ?? 0) + (decays(role) ? DECAY * (w[i] ?? 0) : 0);
        delta[i] = MOMENTUM * (delta[i] ?? 0) + (rate === 'inside' ? epsilon * slope : slope);
        w[i] = (w[i] ?? 0) - (rate === 'inside' ? 1 : epsilon) * (delta[i] ?? 0);
      }
    }
  }
  return weights;
}

/** Distance of a parameter from another, relative to how far the steps have moved it. */
function error(name: string, actual: ArrayLike<number>, { expected, feed }: { expected: Float64Array; feed: Feed }) {
  return distance(actual, expected) / distance(expected, got(feed.variables.get(name), name));
}

/** Single precision keeps 6e-8 of a weight; the steps move it by some per cent of itself, which costs two digits. */
const TOLERANCE = 1e-4;

describe('momentum and decay over steps of a changing rate', () => {
  const feed = feedFor(network, { batch: BATCH, seed: 900 });
  const expected = naive(feed, paper);
  const roles = new Set(network.parameters.map(({ role }) => role));
  assert.deepEqual([...roles].toSorted(), ['bias', 'slope', 'weight']);

  for (const backend of backends)
    it(`${backend.backend}: Δ ← μΔ + ε(∂E + λw), w ← w − Δ, with λ on weights alone`, { skip: backend.skip }, () =>
      withEngine(backend, { network, batchSize: BATCH, train, parts: 2 }, async (engine) => {
        const start = new Map(
          network.parameters.flatMap(({ name, shape }) => [
            [name, Float32Array.from(got(feed.variables.get(name), name))] as const,
            [stateName('velocity', name), new Float32Array(count(shape))] as const,
          ]),
        );
        await engine.assign(start);
        for (const [i, learningRate] of RATES.entries())
          await engine.step(
            {
              images: Float32Array.from(feed.images),
              labels: Int32Array.from(feed.labels),
              dropoutMasks: new Map(),
              learningRate,
              step: i + 1,
            },
            { probe: false },
          );
        const after = await engine.read();
        for (const [name, values] of expected) {
          const far = error(name, got(after.get(name), name), { expected: values, feed });
          assert.ok(far < TOLERANCE, `${name} is ${far} off`);
        }
      }),
    );

  for (const [what, rule, touched] of [
    ['the rate outside of the velocity', { ...paper, rate: 'outside' }, () => true],
    ['decay on biases', { ...paper, decays: (role) => role !== 'slope' }, (role) => role === 'bias'],
    ['decay on slopes', { ...paper, decays: (role) => role !== 'bias' }, (role) => role === 'slope'],
    ['no decay', { ...paper, decays: () => false }, (role) => role === 'weight'],
  ] as const satisfies readonly (readonly [string, Rule, (role: string) => boolean])[])
    it(`this would show ${what}`, () => {
      const other = naive(feed, rule);
      for (const { name, role } of network.parameters.filter((parameter) => touched(parameter.role))) {
        const far = error(name, got(other.get(name), name), { expected: got(expected.get(name), name), feed });
        assert.ok(far > 20 * TOLERANCE, `${name}, a ${role}, is only ${far} off`);
      }
    });
});
