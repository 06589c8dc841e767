/** The error if the requested device is not available. A run never switches to another one silently. */

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

  it('is refused if a run was computed on it and would continue elsewhere', { skip: withoutGpu }, async () => {
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
    it(`is refused if the backend does not support it: ${device} on ${backend}`, () =>
      assert.rejects(chooseEngine({ ...request, backend, device }), /--backend (onnx|tensorflow)/));
});
