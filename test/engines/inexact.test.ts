import assert from 'node:assert/strict';
import { it } from 'node:test';
import { inexact } from '../../server/engines/inexact.ts';

it('nothing is reported about repeats on the CPU, which are bit-exact', () => assert.deepEqual(inexact('cpu', {}), []));

it('a CUDA GPU is deterministic and in single precision, or the run reports what is not', () => {
  const usual = { TF_DETERMINISTIC_OPS: '1', NVIDIA_TF32_OVERRIDE: '0' };
  const said = inexact('cuda', usual);
  assert.equal(said.length, 1);
  assert.match(said[0] ?? '', /bit-exact only on a GPU of the same model/);
  assert.match(inexact('cuda', { ...usual, TF_DETERMINISTIC_OPS: '0' }).join(' '), /repeats are not bit-exact/);
  assert.match(inexact('cuda', { ...usual, NVIDIA_TF32_OVERRIDE: '1' }).join(' '), /10 bits/);
});

it('a GPU by WebGPU is exact on one machine at best', () => assert.match(inexact('webgpu', {}).join(' '), /at best/));
