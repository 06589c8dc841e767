/** The one file that knows onnxruntime-node. */
import { createRequire } from 'node:module';
import type { InferenceSession, Tensor } from 'onnxruntime-node';

// A CommonJS package with a native part: bundles leave it outside, so it is required at run time.
const runtime = createRequire(import.meta.url)('onnxruntime-node') as typeof import('onnxruntime-node');

export type { InferenceSession, Tensor };

/** A model ready to run on `threads` cores. Numbers too small for single precision count as zero, as in TensorFlow. */
export const createSession = (model: Uint8Array, threads: number): Promise<InferenceSession> =>
  runtime.InferenceSession.create(model, {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    extra: { session: { set_denormal_as_zero: '1' } },
  });

export const floatTensor = (data: Float32Array, shape: readonly number[]): Tensor =>
  new runtime.Tensor('float32', data, shape);

export const intTensor = (data: Int32Array, shape: readonly number[]): Tensor =>
  new runtime.Tensor('int32', data, shape);

/** Version of onnxruntime. */
export const libraryVersion: string = runtime.env.versions.common;
