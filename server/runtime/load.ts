/**
 * tfjs' addon, loaded and typed. We call it directly, without tfjs' JavaScript layer on top, which would do nothing but start 0.4 to
 * 1 s later. It tells the devices and tries a library out; graphs are run by our own (`session-addon.ts`).
 *
 * All calls are synchronous and block the thread. Tensors are numbers (ids) and live until `deleteTensor`; the addon collects no
 * garbage. Errors of TensorFlow are thrown as `Error` with its message.
 */
import { createRequire } from 'node:module';
import path from 'node:path';
import { RuntimeError } from './errors.ts';
import type { RuntimePaths } from './status.ts';

/** What a tensor is made from. An int64 tensor is made from an Int32Array of twice its length (low word first). */
export type TensorSource = Float32Array | Int32Array | Uint8Array;

/** What a tensor's content comes as: strings as one Uint8Array each, int64 as BigInt64Array. */
export type TensorContent = Float32Array | Int32Array | Uint8Array | BigInt64Array | Uint8Array[];

/** A tensor that an operation or a session returned; its id is the caller's to delete. */
export interface TensorInfo {
  id: number;
  shape: number[];
  /** TensorFlow's `DataType`. */
  dtype: number;
}

/** An attribute of an operation; `type` is one of the `TF_ATTR_…` constants. */
export interface OperationAttribute {
  name: string;
  type: number;
  value: string | number | boolean | readonly number[] | readonly boolean[];
}

/** TensorFlow's data types and attribute types, as the addon exports them (not enumerable). */
export interface TensorFlowConstants {
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  readonly TF_INT64: number;
  readonly TF_BOOL: number;
  readonly TF_COMPLEX64: number;
  readonly TF_STRING: number;
  readonly TF_RESOURCE: number;
  readonly TF_UINT8: number;
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_SHAPE: number;
}

export interface TensorFlowAddon extends TensorFlowConstants {
  /** Of the library that was loaded: `2.21.0`. */
  readonly TF_Version: string;
  /**
   * Make a tensor. On a CPU it may share the array's memory: leave the array alone until the tensor is deleted. A string
   * tensor is made from one Uint8Array a string.
   * @param shape in elements; its product is the length of `data`
   */
  createTensor(shape: readonly number[], dtype: number, data: TensorSource | readonly Uint8Array[]): number;
  /** @throws if there is no such tensor */
  deleteTensor(id: number): void;
  /** A copy of a tensor's content, brought to the host and waited for. */
  tensorDataSync(id: number): TensorContent;
  /** Run one operation on the GPU, if there is one, else on the CPU. */
  executeOp(
    name: string,
    attributes: readonly OperationAttribute[],
    inputs: readonly number[],
    outputs: number,
  ): TensorInfo[];
  /** Load a SavedModel's graph and make a session of it. @param tags comma-separated @returns id of the session */
  loadSavedModel(folder: string, tags: string): number;
  deleteSavedModel(session: number): void;
  /**
   * Run a session once.
   * @param inputNames `x:0,y:0`: as many as `inputs`
   * @param outputNames likewise; at least one: a session refuses a run without a fetch
   */
  runSavedModel(session: number, inputs: readonly number[], inputNames: string, outputNames: string): TensorInfo[];
  isUsingGpuDevice(): boolean;
  /** Tensors that live: constant over steps, or something leaks. */
  getNumOfTensors(): number;
  getNumOfSavedModels(): number;
}

/**
 * The environment that the library reads when it is loaded, as far as the user has not decided otherwise. On Windows a
 * library sees the environment of the process's start only, so give this to the process that will load it.
 */
export function runtimeEnvironment(
  paths: Pick<RuntimePaths, 'libraries' | 'searchPath'>,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Record<string, string> {
  const wanted: Record<string, string> = {
    // Warnings of the start (missing GPU, oneDNN's banner) tell users nothing.
    TF_CPP_MIN_LOG_LEVEL: env['TF_CPP_MIN_LOG_LEVEL'] ?? '2',
    // Otherwise one process takes all of the GPU's memory.
    TF_FORCE_GPU_ALLOW_GROWTH: env['TF_FORCE_GPU_ALLOW_GROWTH'] ?? 'true',
    // By itself TensorFlow turns oneDNN on for Intel's processors with VNNI only; others are half as fast without.
    ...(process.arch === 'x64' && { TF_ENABLE_ONEDNN_OPTS: env['TF_ENABLE_ONEDNN_OPTS'] ?? '1' }),
  };
  if (process.platform === 'win32') {
    const folders = [paths.libraries, ...paths.searchPath, env['PATH'] ?? env['Path'] ?? ''];
    wanted['PATH'] = folders.filter((folder) => folder !== '').join(path.delimiter);
  }
  return wanted;
}

/**
 * Load the addon of a runtime into this process; a second time returns the same.
 * @throws RuntimeError `load` with the loader's words
 */
export function loadAddonAt(paths: RuntimePaths): TensorFlowAddon {
  Object.assign(process.env, runtimeEnvironment(paths));
  try {
    return createRequire(paths.addon)(paths.addon) as TensorFlowAddon;
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    const redistributable =
      process.platform === 'win32' ? ' It needs Microsoft’s Visual C++ Redistributable (x64), too.' : '';
    throw new RuntimeError('load', {
      what: `The TensorFlow runtime at ${paths.addon} can’t be loaded: ${detail}.`,
      advice: `Run \`rectiscope runtime install --force\` to build it anew.${redistributable}`,
      cause: error,
    });
  }
}
