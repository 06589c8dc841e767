/** The 30-layer network of the paper's Figure 3, at the size of Fashion-MNIST, on both backends. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { initialParameters } from '../../server/domain/network/initialization.ts';
import { placeNetwork } from '../../server/domain/network/network.ts';
import { mapSize, size } from '../../server/domain/network/size.ts';
import { velocityName } from '../../server/domain/program/step.ts';
import { openDataset } from '../../server/trainer/data/dataset.ts';
import { backends, type TestedBackend, withEngine } from '../support/engines.ts';
import { configOf } from '../support/networks.ts';
import { got } from '../support/tensor.ts';

const STEPS = 20;
const config = configOf({
  seed: 1,
  data: { source: 'fashion-mnist', limit: { train: STEPS * 16, val: 1 } },
  network: {
    input: [28, 28, 1],
    init: 'he',
    layers: [
      { conv: { filters: 16, kernel: 3, repeat: 10 } },
      { conv: { filters: 32, kernel: 3, stride: 2 } },
      { conv: { filters: 32, kernel: 3, repeat: 9 } },
      { conv: { filters: 64, kernel: 3, stride: 2 } },
      { conv: { filters: 64, kernel: 3, repeat: 8 } },
      'global_average_pool',
      { dense: { units: 10 } },
    ],
  },
  train: { batch_size: 16, steps: STEPS, learning_rate: 0.01, momentum: 0.9, weight_decay: 0.0005 },
});

/** The losses of the first steps, and the learned arrays after them. */
async function run(backend: TestedBackend) {
  const network = placeNetwork(config.network);
  const { batchSize, learningRate } = config.train;
  const dataset = await openDataset(got(config.data, 'data'), {
    seed: config.seed,
    input: network.input,
    classes: network.classes,
    batchSize,
  });
  return withEngine(backend, { network, batchSize, train: config.train, parts: 2 }, async (engine) => {
    const variables = initialParameters(network, config.seed);
    for (const { name, shape } of network.parameters) variables.set(velocityName(name), new Float32Array(size(shape)));
    await engine.assign(variables);
    const images = new Float32Array(batchSize * mapSize(network.input));
    const labels = new Int32Array(batchSize);
    const losses: number[] = [];
    for (let step = 1; step <= STEPS; step++) {
      dataset.trainBatch(step, images, labels);
      losses.push(
        (await engine.step({ images, labels, dropoutMasks: new Map(), learningRate }, { probe: step === 1 })).loss,
      );
    }
    return losses;
  });
}

describe('he-30, batch 16', () => {
  const missing = backends.find(({ skip }) => skip !== false);
  it('has the same loss on both backends over 20 steps, to 1e-4', { skip: missing?.skip ?? false }, async () => {
    const [first, second] = await Promise.all(backends.map(run));
    assert.equal(first?.length, STEPS);
    first.forEach((loss, i) => {
      const other = second?.[i] ?? Number.NaN;
      assert.ok(Math.abs(loss - other) <= 1e-4 * Math.abs(loss), `step ${i + 1}: ${loss} and ${other}`);
    });
  });
});
