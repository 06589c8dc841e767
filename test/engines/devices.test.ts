/** What is said where the device that was asked for is not here. A run never goes to another one without a word. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chooseEngine, chooseForward } from '../../server/engines/choose.ts';
import { loadTensorFlow } from '../../server/engines/tensorflow/load.ts';
import { backends, webgpu } from '../support/engines.ts';
import { dense } from '../support/network-cases.ts';
import { networkOf } from '../support/networks.ts';
import { sgdOf } from '../support/sgd.ts';

const request = {
  network: networkOf({ input: [2, 2, 1], layers: [dense(2)] }),
  batchSize: 2,
  train: sgdOf(0.9, 0),
  pinned: undefined,
};
const tensorflow = backends.find(({ backend }) => backend === 'tensorflow');
const withoutGpu =
  tensorflow?.skip ||
  ((await loadTensorFlow({ threadsPerPart: 1, device: 'auto' })).device === 'cuda' &&
    'this machine has a GPU for CUDA');

describe('a device that is not here', () => {
  it('is refused, CUDA', { skip: withoutGpu }, async () => {
    const cuda = { ...request, backend: 'tensorflow', device: 'cuda' } as const;
    await assert.rejects(chooseEngine(cuda), /TensorFlow found no usable GPU.*--cuda/);
    await assert.rejects(chooseForward(cuda), /TensorFlow found no usable GPU.*--cuda/);
  });

  it('is refused where a run was computed on it and would go on elsewhere', { skip: withoutGpu }, async () => {
    const pinned = {
      backend: 'tensorflow',
      device: 'cuda',
      parts: 1,
      threads: 1,
      library: 'TensorFlow 2.21.0',
    } as const;
    await assert.rejects(
      chooseEngine({ ...request, pinned, backend: 'auto', device: 'auto' }),
      /TensorFlow found no usable GPU.*--cuda/,
    );
  });

  it('is refused, WebGPU', { skip: webgpu.skip === false && 'this machine has a GPU for WebGPU' }, async () => {
    await assert.rejects(
      chooseEngine({ ...request, backend: 'onnx', device: 'webgpu' }),
      /^RunFailure: WebGPU found no GPU on this machine\..*--device cpu/,
    );
  });

  for (const [backend, device] of [
    ['onnx', 'cuda'],
    ['tensorflow', 'webgpu'],
  ] as const)
    it(`is refused where the backend has none such: ${device} on ${backend}`, () =>
      assert.rejects(chooseEngine({ ...request, backend, device }), /--backend (onnx|tensorflow)/));
});
