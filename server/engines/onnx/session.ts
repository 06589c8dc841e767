/** The one file that loads onnxruntime-node; `load.ts` makes sure that it is there. */
import { createRequire } from 'node:module';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { RunFailure } from '../../run-file/run-failure.ts';
import { findOnnxruntime } from '../../runtime/onnxruntime.ts';

// Since 1.29 the library sends data about its use and its models to its maker, and writes an id into the home folder, unless this is set
// when it is loaded. The main thread loads it first: in a worker thread the assignment does not reach the native environment.
process.env['ORT_DISABLE_TELEMETRY'] = '1';

// A CommonJS package with a native part: bundles leave it outside, so it is required at run time.
const runtime = createRequire(import.meta.url)(
  findOnnxruntime() ?? 'onnxruntime-node',
) as typeof import('onnxruntime-node');

export type { InferenceSession, Tensor };

export interface SessionOptions {
  /** Cores that share an operation. */
  readonly threads: number;
  /**
   * onnxruntime keeps memory between operations and runs: faster in small networks if the system's allocator does not. In large
   * ones it is no faster and takes more, 3.0 GB instead of 2.3 in the paper's 14 layers on 8 images.
   */
  readonly keepsMemory: boolean;
}

/** A model ready to run. Numbers too small for single precision count as zero, as in TensorFlow. */
export const createSession = (model: Uint8Array, { threads, keepsMemory }: SessionOptions): Promise<InferenceSession> =>
  runtime.InferenceSession.create(model, {
    executionProviders: ['cpu'],
    enableCpuMemArena: keepsMemory,
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    extra: { session: { set_denormal_as_zero: '1' } },
  });

/** onnxruntime's errors if WebGPU finds no usable GPU. */
const NO_ADAPTER = /Failed to get a WebGPU (adapter|device)|No supported adapters/;

/**
 * A model ready to run on the GPU by WebGPU. The nodes `onHost` run on the CPU; the outputs `keepOnDevice` stay in the GPU's
 * memory, and must be disposed by the caller. Throws a RunFailure that says what to do if there is no such GPU.
 */
export async function createDeviceSession(
  { model, onHost }: { readonly model: Uint8Array; readonly onHost: readonly string[] },
  { keepOnDevice }: { readonly keepOnDevice: readonly string[] },
): Promise<InferenceSession> {
  try {
    return await runtime.InferenceSession.create(model, {
      executionProviders: [{ name: 'webgpu', ...(onHost.length > 0 && { forceCpuNodeNames: [...onHost] }) }],
      preferredOutputLocation: Object.fromEntries(keepOnDevice.map((name) => [name, 'gpu-buffer' as const])),
      graphOptimizationLevel: 'all',
      logSeverityLevel: 4,
    });
  } catch (error) {
    if (!(error instanceof Error) || !NO_ADAPTER.test(error.message)) throw error;
    const needs =
      process.platform === 'linux'
        ? ' On Linux it needs Vulkan: the package libvulkan1 and the driver of the GPU.'
        : '';
    throw new RunFailure(`WebGPU found no GPU on this machine.${needs} Or use \`--device cpu\`.`);
  }
}

export const floatTensor = (data: Float32Array, shape: readonly number[]): Tensor =>
  new runtime.Tensor('float32', data, shape);

export const intTensor = (data: Int32Array, shape: readonly number[]): Tensor =>
  new runtime.Tensor('int32', data, shape);
