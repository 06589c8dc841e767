/** Second moments through shortcuts: against closed forms, and against networks whose weights are drawn. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { initialParameters } from '../../../server/domain/network/initialization.ts';
import { type Network, weightedLayers } from '../../../server/domain/network/network.ts';
import { Builder } from '../../../server/domain/program/builder.ts';
import * as op from '../../../server/domain/program/operations.ts';
import { propagate } from '../../../server/domain/propagation/propagate.ts';
import { backward, forward } from '../../../server/domain/step/forward.ts';
import { reader } from '../../../server/domain/step/variables.ts';
import { interpret } from '../../support/interpreter.ts';
import { conv, dense, residual } from '../../support/network-cases.ts';
import { networkOf } from '../../support/networks.ts';
import { fill, normals } from '../../support/random.ts';

const close = (actual: number, expected: number, tolerance: number, what: string) =>
  assert.ok(Math.abs(actual / expected - 1) < tolerance, `${what}: ${actual}, expected ${expected}`);

describe('blocks of dense layers, where everything has a closed form', () => {
  const network = networkOf({
    input: [1, 1, 8],
    layers: [
      dense(8, { activation: 'none' }),
      residual([dense(32), dense(8)], { repeat: 50 }),
      dense(2, { activation: 'none' }),
    ],
  });
  const { layers } = propagate(network);
  const std = (name: string, of: 'forwardStd' | 'backwardStd') =>
    layers.find((layer) => layer.name === name)?.[of] ?? Number.NaN;

  // `he`: a rectified layer has Var[w] = 2/n and keeps half of it, the branch's last one 1/n: x + F(x) has twice E[x²].
  it('double E[x²] at every shortcut', () => {
    close(std('dense2', 'forwardStd'), Math.SQRT2, 1e-12, 'the first branch');
    close(std('dense100', 'forwardStd'), Math.SQRT2 * 2 ** 24.5, 1e-12, 'the last branch');
    close(std('dense102', 'forwardStd'), 2 ** 25, 1e-12, 'the logits');
  });

  // Var[Δ] through a branch: units·Var[w]·½ of 32 rectified units fed by 8, then 8 linear ones fed by 32: 8/32·½·2·32/8 = 1.
  it('and E[δ²] on the way back', () => {
    const through = std('dense1', 'backwardStd') / std('dense101', 'backwardStd');
    close(through, 2 ** 25, 1e-12, 'the gradient through 50 blocks, from the input of the last sum');
  });

  it('leave nothing of `he` out: the initialisation is `he`’s own', () =>
    assert.ok(layers.every(({ backwardFactor }) => backwardFactor === 1)));
});

it('an initialisation is compared with `he` on the same graph, with separate branch and shortcut', () => {
  const of = (init: string) =>
    propagate(
      networkOf({
        input: [1, 1, 8],
        init,
        layers: [dense(8), residual([dense(8), dense(8)], { repeat: 10 }), dense(2)],
      }),
    );
  // A block: 1 + 1 under `he`; under `xavier` its branch keeps ½: 1 + ½.
  const [xavier, he] = [of('xavier'), of('he')];
  const last = xavier.layers.length - 1;
  const ratio = (xavier.layers[last]?.forwardStd ?? 0) / (he.layers[last]?.forwardStd ?? 0);
  close(ratio, Math.sqrt(0.5 * 0.75 ** 10), 1e-12, 'forward');
});

it('a signal that underflows double precision becomes 0, and nothing becomes NaN', () => {
  const network = networkOf({
    input: [1, 1, 4],
    init: { gaussian: 1e-30 },
    layers: Array.from({ length: 13 }, () => dense(4)),
  });
  const { layers, forwardFactor } = propagate(network);
  assert.ok(layers.flatMap(Object.values).every((value) => typeof value === 'string' || !Number.isNaN(value)));
  assert.equal(layers.at(-1)?.forwardStd, 0);
  assert.equal(forwardFactor, 0);
  close(layers.at(-1)?.forwardGain ?? 0, 2e-30 / Math.SQRT2, 1e-9, 'the last gain');
});

/** Mean squares over seeds of every weighted layer's pre-activations, and of the gradient with respect to them. */
function measured(network: Network, seeds: number): { forward: number[]; backward: number[] } {
  const b = new Builder();
  const pass = forward(b, network, { images: b.input('images', [1, ...network.input]), read: reader(b, network) });
  backward(b, pass, b.input('gradient', [1, network.classes]));
  const outputs = pass.layers.flatMap(({ placed, forward: { preActivation } }) =>
    preActivation ? [{ name: placed.layer.name, preActivation }] : [],
  );
  for (const { name, preActivation } of outputs) b.fetch(`y/${name}`, op.l2Loss(b, preActivation));
  const program = b.program();
  const names = outputs.map(({ name }) => name);
  const sums = { forward: names.map(() => 0), backward: names.map(() => 0) };
  for (let seed = 1; seed <= seeds; seed++) {
    const normal = normals(seed);
    const parameters = initialParameters(network, seed);
    const results = interpret(program, {
      inputs: new Map([
        [
          'images',
          fill(
            network.input.reduce((x, y) => x * y),
            normal,
          ),
        ],
        ['gradient', fill(network.classes, normal)],
      ]),
      variables: new Map([...parameters].map(([name, values]) => [name, Float64Array.from(values)])),
      fetches: names.map((name) => `y/${name}`),
    });
    outputs.forEach(({ name, preActivation }, i) => {
      const size = preActivation.shape.reduce((x, y) => x * y);
      sums.forward[i] = (sums.forward[i] ?? 0) + (2 * (results.get(`y/${name}`)?.data[0] ?? 0)) / size / seeds;
    });
  }
  return sums;
}

describe('blocks of padded convolutions against 60 networks that are drawn', () => {
  const network = networkOf({
    input: [8, 8, 3],
    layers: [
      conv(16, 3, { activation: 'none' }),
      residual([conv(16, 3), conv(16, 3)], { repeat: 3 }),
      residual([conv(24, 3, { stride: 2 }), conv(24, 3)], { shortcut: 'projection' }),
      residual([conv(24, 3), conv(24, 3)], { repeat: 2 }),
      dense(10),
    ],
  });
  it('forward, every layer', () => {
    const { forward: means } = measured(network, 60);
    const { layers } = propagate(network);
    assert.equal(weightedLayers(network).length, layers.length);
    for (const [i, { name, forwardStd }] of layers.entries()) {
      const decades = Math.log10(forwardStd) - Math.log10(means[i] ?? 0) / 2;
      // One draw's ln‖y‖² spreads by some √(Σ 5/n) = 0.9 over 15 layers of 16 to 24 channels: 0.05 decades over 60.
      assert.ok(Math.abs(decades) < 0.1, `${name} is off by ${decades.toFixed(3)} decades`);
    }
  });
});
