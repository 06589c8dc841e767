/** Parts on several devices of one machine. GPUs are not to be had in tests: the processors stand for them, as two devices. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { initialVariables } from '../../server/checkpoint/variables.ts';
import { CPU, hasDevice, logicalCpus, shareOut } from '../../server/engines/tensorflow/devices.ts';
import { createTensorFlowEngine } from '../../server/engines/tensorflow/engine.ts';
import { loadTensorFlow, tensorFlowProblem } from '../../server/engines/tensorflow/load.ts';
import { message } from '../../server/formats/protobuf.ts';
import { conv, dense } from '../support/network-cases.ts';
import { networkOf } from '../support/networks.ts';
import { sgdOf } from '../support/sgd.ts';

const TWO = [CPU, '/device:CPU:1'];
const BATCH = 7;
const network = networkOf({
  input: [6, 6, 2],
  layers: [conv(4, 3), conv(4, 3), dense(3)],
});

const library = () => loadTensorFlow({ threadsPerPart: 1, device: 'cpu' });

/** Losses, probes and the last weights of three steps. */
async function threeSteps(devices: readonly string[], parts: number): Promise<number[]> {
  const train = sgdOf(0.9, 0.01);
  const options = { network, batchSize: BATCH, train, parts, threads: 2 };
  const engine = await createTensorFlowEngine({ ...(await library()), devices }, options);
  try {
    await engine.assign(initialVariables({ network, ...train }, { seed: 1 }));
    const images = Float32Array.from({ length: BATCH * 72 }, (_, i) => Math.sin(i));
    const labels = Int32Array.from({ length: BATCH }, (_, i) => i % 3);
    const numbers: number[] = [];
    for (let step = 1; step <= 3; step++) {
      const batch = { images, labels, dropoutMasks: new Map<string, Float32Array>(), learningRate: 0.05, step };
      const { loss, probe } = await engine.step(batch, { probe: true });
      numbers.push(loss, ...(probe ?? []));
    }
    for (const values of (await engine.read()).values()) numbers.push(...values);
    return numbers;
  } finally {
    await engine.close();
  }
}

it('parts are shared out in order, evenly, and what is the whole batch’s is on the first device', () => {
  const of = (parts: number) =>
    Array.from({ length: parts }, (_, part) => shareOut({ parts, devices: ['a', 'b'] })(part));
  assert.deepEqual(of(4), ['a', 'a', 'b', 'b']);
  assert.deepEqual(of(1), ['a']);
  assert.deepEqual(of(3), ['a', 'a', 'b']);
  assert.equal(shareOut({ parts: 2, devices: ['a', 'b'] })(undefined), 'a');
});

describe('several devices of one machine', { skip: (await tensorFlowProblem()) ?? false }, () => {
  it('are there if the session has them, and only then', async () => {
    const { sessions } = await library();
    assert.equal(await hasDevice(sessions, CPU), true);
    assert.equal(await hasDevice(sessions, '/device:CPU:1'), false);
    assert.equal(await hasDevice(sessions, '/device:CPU:1', message([logicalCpus(2)])), true);
  });

  for (const parts of [1, 2, 3])
    it(`compute what one computes, bit for bit, in ${parts} parts`, async () => {
      const [one, two] = [await threeSteps([CPU], parts), await threeSteps(TWO, parts)];
      assert.ok(one.length > 100 && one.every(Number.isFinite));
      assert.deepEqual(two, one);
    });

  it('are really used: a graph that names a missing one fails', async () => {
    await assert.rejects(threeSteps([CPU, '/device:GPU:7'], 2), /GPU:7/);
  });
});
