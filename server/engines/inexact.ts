import type { Device } from '../protocol/events.ts';

/**
 * What a user must know about repeats on a device; empty if they are bit-exact. `env` is the environment that the device's
 * library was loaded in.
 */
export function inexact(device: Device, env: Readonly<Record<string, string | undefined>>): string[] {
  if (device === 'cpu') return [];
  if (device === 'webgpu')
    return [
      'Computed on the GPU with WebGPU: another GPU or driver rounds differently, so repeats are bit-exact on this machine at best.',
    ];
  const { TF_DETERMINISTIC_OPS: deterministic, NVIDIA_TF32_OVERRIDE: tensorFloat } = env;
  return [
    deterministic === '1' || deterministic === 'true'
      ? 'Computed on the GPU with CUDA and deterministic operations: repeats are bit-exact only on a GPU of the same model with the same libraries.'
      : 'Computed on the GPU with CUDA, and `TF_DETERMINISTIC_OPS` is not 1: repeats are not bit-exact.',
    ...(tensorFloat === '0' ? [] : ['`NVIDIA_TF32_OVERRIDE` is not 0: products keep 10 bits of a factor, not 23.']),
  ];
}
