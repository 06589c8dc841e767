/** The update as onnxruntime's threads make it: over more numbers than are worked on at once, in several parts, by several threads. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sgd } from '../../server/domain/optimizers/sgd.ts';
import { createOnnxEngine } from '../../server/engines/onnx/engine.ts';
import { type Stretch, stretchOf, update } from '../../server/engines/onnx/update.ts';
import { dense, feedFor } from '../support/network-cases.ts';
import { networkOf } from '../support/networks.ts';
import { fill, normals } from '../support/random.ts';
import { sgdOf } from '../support/sgd.ts';

/** Two and a bit times as many as are worked on at once, and no multiple of four. */
const LENGTH = 2 * 8192 + 4099;
const MOMENTUM = 0.9;
const at = { rate: 0.03, step: 1 };
const optimizer = sgd({ kind: 'sgd', momentum: MOMENTUM });

function stretch(seed: number, { scale = 1, parts = 1 }: { scale?: number; parts?: number } = {}): Stretch {
  const normal = normals(seed);
  const numbers = (size: number) => Float32Array.from(fill(LENGTH, () => size * normal()));
  const [gradient, ...otherGradients] = Array.from({ length: parts }, () => numbers(scale));
  if (!gradient) throw new Error('no part');
  return { weights: numbers(1), states: [numbers(0.1)], gradient, otherGradients, decay: 0.02 };
}

/** What the update makes of a stretch, number by number, in double precision. */
function naive({ weights, states: [velocity = new Float32Array()], gradient, otherGradients, decay }: Stretch) {
  const sum = Array.from(gradient, (first, i) =>
    otherGradients.reduce((total, other) => total + (other[i] ?? 0), first),
  );
  const moved = Array.from(velocity, (v, i) => MOMENTUM * v - at.rate * ((sum[i] ?? 0) + decay * (weights[i] ?? 0)));
  const norm = (values: Iterable<number>) => Math.sqrt([...values].reduce((total, value) => total + value * value, 0));
  return {
    moved,
    weights: Array.from(weights, (w, i) => w + (moved[i] ?? 0)),
    norms: [norm(sum), norm(weights), norm(moved)],
  };
}

function assertNear(actual: ArrayLike<number>, expected: readonly number[], what: string): void {
  // Single precision keeps 6e-8 of a number, and up to three of them are added.
  const wrong = expected.findIndex(
    (value, i) => Math.abs((actual[i] ?? Number.NaN) - value) > 5e-7 * (1 + Math.abs(value)),
  );
  assert.equal(wrong, -1, `${what} ${wrong} is ${actual[wrong]}, not ${expected[wrong]}`);
}

describe('the update of a stretch', () => {
  for (const parts of [1, 3])
    it(`of ${LENGTH} numbers, ${parts} ${parts === 1 ? 'part' : 'parts'}: v ← μv − η(g + λw), w ← w + v, and the norms`, () => {
      const own = stretch(parts, { parts });
      const expected = naive(own);
      const squares = update(own, { optimizer, at, squares: true });
      assertNear(own.states[0] ?? [], expected.moved, 'velocity');
      assertNear(own.weights, expected.weights, 'weight');
      assertNear(squares.map(Math.sqrt), expected.norms, 'norm');
    });

  it('is the same whether squares are summed or not', () => {
    const [plain, probed] = [stretch(7, { parts: 2 }), stretch(7, { parts: 2 })];
    update(plain, { optimizer, at, squares: false });
    update(probed, { optimizer, at, squares: true });
    assert.deepEqual(plain, probed);
  });

  for (const scale of [1e-30, 1e30])
    it(`has the norm of gradients near ${scale}, whose squares single precision has not`, () => {
      const own = stretch(11, { scale });
      const [wanted = 0] = naive(own).norms;
      const [ofGradient = 0] = update(own, { optimizer, at, squares: true });
      assert.ok(Math.abs(Math.sqrt(ofGradient) / wanted - 1) < 1e-6);
    });

  it('counts what is too small for single precision as 0', () => {
    const numbers = (value: number) => new Float32Array(LENGTH).fill(value);
    const still = { weights: numbers(1), gradient: numbers(0), otherGradients: [], decay: 0 };
    const own: Stretch = { ...still, states: [numbers(1.2e-38)] };
    update(own, { optimizer, at, squares: false });
    assert.deepEqual(own.states, [numbers(0)]);
  });

  for (const [length, count] of [
    [10, 3],
    [2, 4],
    [0, 2],
    [1_000_003, 7],
  ] as const)
    it(`${count} threads have ${length} numbers between them, each once`, () => {
      const ranges = Array.from({ length: count }, (_, thread) => stretchOf(length, { thread, count }));
      assert.equal(ranges[0]?.begin, 0);
      assert.equal(ranges.at(-1)?.end, length);
      for (const [i, { begin }] of ranges.slice(1).entries()) assert.equal(begin, ranges[i]?.end);
    });
});

describe('an engine with more than a million parameters', () => {
  it('is updated by cores that have no part of the batch, to the same numbers', async () => {
    const network = networkOf({ input: [32, 32, 1], layers: [dense(1000), dense(3)] });
    const feed = feedFor(network, { batch: 4, seed: 5 });
    const batch = {
      images: Float32Array.from(feed.images),
      labels: Int32Array.from(feed.labels),
      dropoutMasks: new Map<string, Float32Array>(),
      learningRate: 0.01,
      step: 1,
    };
    const trained = async (threads: number) => {
      const train = sgdOf(0.9, 0.001);
      const engine = await createOnnxEngine({ network, batchSize: 4, train, parts: 1, threads });
      try {
        await engine.assign(new Map([...feed.variables].map(([name, values]) => [name, Float32Array.from(values)])));
        await engine.step(batch, { probe: false });
        const { probe } = await engine.step(batch, { probe: true });
        return { variables: await engine.read(), probe };
      } finally {
        await engine.close();
      }
    };
    const [one, three] = [await trained(1), await trained(3)];
    assert.deepEqual([...three.variables.keys()], [...one.variables.keys()]);
    for (const [name, values] of one.variables) assertNear(three.variables.get(name) ?? [], [...values], name);
    assert.ok(one.probe && three.probe);
    // Norms are summed thread by thread, in another order.
    assertNear(three.probe, [...one.probe], 'the probe’s number');
  });
});
