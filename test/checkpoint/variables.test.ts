/**
 * Kinds of variables, from the network to its exports: an array that is tracked beside the parameters is saved, restored, hashed
 * and exported, and no update touches it.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { readCheckpoint, saveCheckpoint, weightsHashOf } from '../../server/checkpoint/checkpoint.ts';
import { initialVariables, ofNetwork, variableValues } from '../../server/checkpoint/variables.ts';
import type { Network } from '../../server/domain/network/network.ts';
import { optimizerOf } from '../../server/domain/optimizers/optimizers.ts';
import { Builder } from '../../server/domain/program/builder.ts';
import * as op from '../../server/domain/program/operations.ts';
import { reader, variablesOf } from '../../server/domain/step/variables.ts';
import { weights } from '../../server/export/weights.ts';
import { decodeTensors } from '../../server/formats/safetensors.ts';
import { queuedRun } from '../export/exported-run.ts';
import { stateAt } from '../support/checkpoints.ts';
import { backendsAndDevices, withEngine } from '../support/engines.ts';
import { withFolder } from '../support/idx.ts';
import { conv, dense } from '../support/network-cases.ts';
import { networkOf } from '../support/networks.ts';
import { sgdOf } from '../support/sgd.ts';
import { got } from '../support/tensor.ts';

const BATCH = 3;
const MEAN = 'conv1.running_mean';
const train = sgdOf(0.9, 0.1);

/** A network whose first layer keeps a running mean that starts at 0.5. */
const network: Network = (() => {
  const plain = networkOf({ input: [4, 4, 1], layers: [conv(2, 3), dense(3)] });
  const tracked = [{ name: MEAN, shape: [2], start: 0.5 }];
  const [first, ...others] = plain.layers;
  return { ...plain, layers: [{ ...got(first, 'conv1'), tracked }, ...others], tracked };
})();
const owner = { network, optimizer: train.optimizer };
const PARAMETERS = ['conv1.weight', 'conv1.bias', 'dense1.weight', 'dense1.bias'];

/** All variables as at step 0, with a running mean that some steps have moved. */
const values = (mean: readonly number[] = [0.25, -3]) =>
  initialVariables(owner, { seed: 1 }).set(MEAN, Float32Array.from(mean));

describe('the variables of a run', () => {
  it('are what is learned, then what is tracked, then the state of the optimiser', () =>
    assert.deepEqual(
      variablesOf(network, optimizerOf(train.optimizer)).map(({ name, kind }) => [name, kind]),
      [
        ...PARAMETERS.map((name) => [name, 'learned']),
        [MEAN, 'tracked'],
        ...PARAMETERS.map((name) => [`velocity/${name}`, 'state']),
      ],
    ));

  it('start at the layer’s value if they are tracked, and at 0 if they are state', () => {
    const start = initialVariables(owner, { seed: 1 });
    assert.deepEqual(start.get(MEAN), Float32Array.of(0.5, 0.5));
    for (const name of PARAMETERS) assert.ok(got(start.get(`velocity/${name}`), name).every((value) => value === 0));
    assert.ok(got(start.get('conv1.weight'), 'weights').every((value) => value !== 0));
  });
});

describe('a tracked array', () => {
  for (const backend of backendsAndDevices) {
    it(
      `${backend.name}: is left alone by the update, beside parameters and state that are not`,
      {
        skip: backend.skip,
      },
      () =>
        withEngine(backend, { network, batchSize: BATCH, train, parts: 1 }, async (engine) => {
          const before = values();
          await engine.assign(before);
          const images = Float32Array.from({ length: BATCH * 16 }, (_, i) => Math.sin(i));
          const batch = { images, labels: Int32Array.of(0, 1, 2), dropoutMasks: new Map(), learningRate: 0.1 };
          for (const step of [1, 2]) await engine.step({ ...batch, step }, { probe: step === 2 });
          await engine.evaluate(images);
          const after = await engine.read();
          assert.deepEqual([...after.keys()], [...before.keys()]);
          for (const [name, numbers] of after)
            assert.equal(isDeepStrictEqual(numbers, before.get(name)), name === MEAN, name);
        }),
    );

    it(`${backend.name}: is read by a program under its name`, { skip: backend.skip }, async () => {
      const b = new Builder();
      b.fetch('centred', op.subtract(b, b.input('x', [3, 2]), reader(b, network)(MEAN)));
      const inputs = new Map([['x', Float32Array.of(1, 2, 3, 4, 5, 6)]]);
      const fetched = await backend.run(b.program(), { inputs, variables: values() });
      // Exact in binary.
      assert.deepEqual(fetched.get('centred'), Float32Array.of(0.75, 5, 2.75, 7, 4.75, 9));
    });
  }

  it('is saved and restored with its kind, and exported, while the state of the optimiser is not', () =>
    withFolder(async (folder) => {
      const variables = variableValues(owner, values());
      const committed = async () => {};
      const { file, weightsHash } = await saveCheckpoint({ folder, variables, state: stateAt(4), committed });
      const { arrays, state } = await readCheckpoint(file);
      assert.deepEqual(arrays, variables);
      assert.deepEqual(state, stateAt(4));

      const checkpoint = { event: 'checkpoint', run: 'r', step: 4, file, weights_hash: weightsHash } as const;
      const { files } = await weights.plan({ ...queuedRun(), checkpoint });
      const exported = decodeTensors(Buffer.concat(got(files[0], 'file').make()));
      assert.deepEqual([...exported.arrays.keys()], [...PARAMETERS, MEAN]);
      assert.deepEqual(exported.arrays.get(MEAN), { shape: [2], data: Float32Array.of(0.25, -3) });
      assert.deepEqual([...ofNetwork(arrays).keys()], [...PARAMETERS, MEAN]);
    }));

  it('is part of the hash that `verify` compares', () => {
    const hashOf = (mean: readonly number[]) => weightsHashOf(variableValues(owner, values(mean)));
    assert.equal(hashOf([0.25, -3]), hashOf([0.25, -3]));
    assert.notEqual(hashOf([0.25, -3]), hashOf([0.25, -3.5]));
  });

  it('must come from the engine: a checkpoint without it would be no checkpoint', () => {
    const incomplete = values();
    incomplete.delete(MEAN);
    assert.throws(() => variableValues(owner, incomplete), /has no conv1\.running_mean/);
  });
});
