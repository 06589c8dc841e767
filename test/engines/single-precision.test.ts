/**
 * How far gradients in single precision are from those in double precision through 30 layers, and why: a pre-activation that
 * rounds to the other side of 0 switches its rectifier. Where the rectifiers are switched as the engine has switched them, the
 * gradients of double precision are the engine's, to rounding.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { initialParameters } from '../../server/domain/network/initialization.ts';
import { placeNetwork } from '../../server/domain/network/network.ts';
import { Builder } from '../../server/domain/program/builder.ts';
import type { Operation } from '../../server/domain/program/operation.ts';
import * as op from '../../server/domain/program/operations.ts';
import { RandomStream } from '../../server/domain/random/stream.ts';
import { mapSize } from '../../server/domain/shapes/size.ts';
import { backward, forward } from '../../server/domain/step/forward.ts';
import { reader } from '../../server/domain/step/variables.ts';
import { readRunFile } from '../../server/run-file/read.ts';
import { backendsAndDevices, distance } from '../support/engines.ts';
import { interpret } from '../support/interpreter.ts';
import { got } from '../support/tensor.ts';

const EXAMPLES = 2;
const text = JSON.stringify({
  version: 1,
  network: {
    input: [10, 10, 1],
    layers: [{ conv: { filters: 8, kernel: 3, repeat: 29 } }, 'global_average_pool', { dense: { units: 10 } }],
  },
});
const { config } = readRunFile(text, { fileName: 'deep', folder: '/', forCheck: true });
assert.ok(config);
const network = placeNetwork(config.network);

/** Forward and backward; every gradient, pre-activation and rectifier's output is fetched. The operations before rectifiers, by name. */
function gradientProgram() {
  const b = new Builder();
  const images = b.input('images', [EXAMPLES, ...network.input]);
  const labels = b.input('labels', [EXAMPLES], 'int32');
  const pass = forward(b, network, { images, read: reader(b, network) });
  const { gradient } = op.softmaxCrossEntropy(b, pass.logits, labels);
  const share = op.multiply(b, gradient, b.constant(1 / EXAMPLES));
  for (const [name, value] of backward(b, pass, share)) b.fetch(name, value);
  const rectifiers = new Map<Operation, string>();
  for (const { placed, forward: made } of pass.layers) {
    if (made.output.operation.type !== 'Relu' || !made.preActivation) continue;
    const { name } = placed.layer;
    b.fetch(`${name}.before`, made.preActivation);
    b.fetch(`${name}.rectified`, made.output);
    rectifiers.set(made.preActivation.operation, name);
  }
  return { program: b.program(), rectifiers };
}

const { program, rectifiers } = gradientProgram();
const random = new RandomStream({ seed: 7, purpose: 'order', name: 'single precision' });
const inputs = new Map<string, Float32Array | Int32Array>([
  ['images', Float32Array.from({ length: EXAMPLES * mapSize(network.input) }, () => random.gaussian())],
  ['labels', Int32Array.from({ length: EXAMPLES }, () => random.below(network.classes))],
]);
const initial = initialParameters(network, 1);
const variables = new Map(network.parameters.map(({ name }) => [name, got(initial.get(name), name).slice()]));
const weights = network.parameters.filter(({ role }) => role === 'weight').map(({ name }) => name);

/** In double precision; the rectifiers switched as an engine has switched them, or by themselves. */
const inDouble = (fetches: readonly string[], engine?: ReadonlyMap<string, Float32Array>) =>
  interpret(program, {
    inputs,
    variables: new Map([...variables].map(([name, data]) => [name, Float64Array.from(data)])),
    fetches,
    onResult(operation, [output]) {
      const mask = engine?.get(`${rectifiers.get(operation)}.rectified`);
      if (!mask || !output) return;
      // A unit that is on there and off here passes its gradient, and next to no signal; a normal number, since the native
      // libraries let the processor take subnormal ones for 0.
      output.data.forEach((value, i) => {
        output.data[i] = (mask[i] ?? 0) > 0 ? Math.max(value, 1e-300) : Math.min(value, 0);
      });
    },
  });

// Each unit of each layer is moved to where its pre-activation of the first example's first position is 0 but for rounding:
// there are enough such units in a batch of real images, and here there are some in every layer.
for (const layer of rectifiers.values()) {
  const before = got(inDouble([`${layer}.before`]).get(`${layer}.before`), layer);
  const bias = got(variables.get(`${layer}.bias`), layer);
  for (let unit = 0; unit < bias.length; unit++) bias[unit] = (bias[unit] ?? 0) - (before.data[unit] ?? 0);
}

/** Of all layers' weights, the largest relative distance of the gradients. */
const apart = (actual: ReadonlyMap<string, ArrayLike<number>>, expected: ReturnType<typeof inDouble>) =>
  Math.max(
    ...weights.map((name) => {
      const { data } = got(expected.get(name), name);
      return distance(got(actual.get(name), name), data) / distance(data, new Float64Array(data.length));
    }),
  );

const outputs = [...rectifiers.values()].map((name) => `${name}.rectified`);
const free = inDouble([...weights, ...outputs]);

for (const backend of backendsAndDevices)
  describe(`gradients through 30 layers on ${backend.name}`, { skip: backend.skip }, () => {
    it('differ from those of double precision by how rectifiers are switched, and else by rounding', async (t) => {
      const measured = await backend.run(program, { inputs, variables });
      const switched = outputs.reduce((sum, name) => {
        const here = got(free.get(name), name).data;
        return sum + got(measured.get(name), name).filter((value, i) => value > 0 !== (here[i] ?? 0) > 0).length;
      }, 0);
      const alone = apart(measured, free);
      const alike = apart(measured, inDouble(weights, measured));
      t.diagnostic(
        `${switched} units switched otherwise: ${alone.toExponential(1)} apart; switched alike: ${alike.toExponential(1)}`,
      );
      assert.ok(switched > 0, 'nothing was tested');
      // 30 layers of sums of 72 products in a 24-bit mantissa: some 1e-6.
      assert.ok(alike < 1e-5, `${alike} apart although switched alike`);
      assert.ok(alone > 20 * alike, `${alone} apart with ${switched} units switched otherwise`);
    });
  });
