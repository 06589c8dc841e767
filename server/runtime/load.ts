/**
 * tfjs' addon, loaded and typed. We call it directly, without tfjs' JavaScript layer on top, which would only delay the start by 0.4 to
 * 1 s. It lists the devices and tests a library; our own addon runs graphs (`session-addon.ts`).
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

/** A tensor's content: strings as one Uint8Array each, int64 as BigInt64Array. */
export type TensorContent = Float32Array | Int32Array | Uint8Array | BigInt64Array | Uint8Array[];

/** A tensor returned by an operation or a session; the caller has to delete its id. */
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
  /** Version of the loaded library: `2.21.0`. */
  readonly TF_Version: string;
  /**
   * Creates a tensor. On a CPU it may share the array's memory: do not change the array until the tensor is deleted. A string
   * tensor is made from one Uint8Array per string.
   * @param shape in elements; its product is the length of `data`
   */
  createTensor(shape: readonly number[], dtype: number, data: TensorSource | readonly Uint8Array[]): number;
  /** @throws if there is no such tensor */
  deleteTensor(id: number): void;
  /** A copy of a tensor's content on the host; waits for it. */
  tensorDataSync(id: number): TensorContent;
  /** Runs one operation on the GPU, if there is one, else on the CPU. */
  executeOp(
    name: string,
    attributes: readonly OperationAttribute[],
    inputs: readonly number[],
    outputs: number,
  ): TensorInfo[];
  /** Loads a SavedModel's graph and creates a session for it. @param tags comma-separated @returns id of the session */
  loadSavedModel(folder: string, tags: string): number;
  deleteSavedModel(session: number): void;
  /**
   * Runs a session once.
   * @param inputNames `x:0,y:0`: as many as `inputs`
   * @param outputNames likewise; at least one: a session refuses a run without a fetch
   */
  runSavedModel(session: number, inputs: readonly number[], inputNames: string, outputNames: string): TensorInfo[];
  isUsingGpuDevice(): boolean;
  /** Number of live tensors: if it grows over steps, something leaks. */
  getNumOfTensors(): number;
  getNumOfSavedModels(): number;
}

/**
 * The environment that the library reads when it is loaded; the user's own settings take precedence. On Windows a
 * library sees only the environment from the process's start, so pass this to the process that will load it.
 */
export function runtimeEnvironment(
  paths: Pick<RuntimePaths, 'libraries' | 'searchPath'>,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Record<string, string> {
  const wanted: Record<string, string> = {
    // Warnings at the start (missing GPU, oneDNN's banner) do not help users.
    TF_CPP_MIN_LOG_LEVEL: env['TF_CPP_MIN_LOG_LEVEL'] ?? '2',
    // Otherwise one process allocates all of the GPU's memory.
    TF_FORCE_GPU_ALLOW_GROWTH: env['TF_FORCE_GPU_ALLOW_GROWTH'] ?? 'true',
    // TensorFlow enables oneDNN by default only on Intel processors with VNNI; others are half as fast without it.
    ...(process.arch === 'x64' && { TF_ENABLE_ONEDNN_OPTS: env['TF_ENABLE_ONEDNN_OPTS'] ?? '1' }),
  };
  if (process.platform === 'win32') {
    const folders = [paths.libraries, ...paths.searchPath, env['PATH'] ?? env['Path'] ?? ''];
    wanted['PATH'] = folders.filter((folder) => folder !== '').join(path.delimiter);
  }
  return wanted;
}

/**
 * Loads the addon of a runtime into this process; a second call returns the same one.
 * @throws RuntimeError `load` with the loader's message
 */
export function loadAddonAt(paths: RuntimePaths): TensorFlowAddon {
  Object.assign(process.env, runtimeEnvironment(paths));
  try {
    return createRequire(paths.addon)(paths.addon) as TensorFlowAddon;
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    const redistributable =
      process.platform === 'win32' ? ' It also needs Microsoft’s Visual C++ Redistributable (x64).' : '';
    throw new RuntimeError('load', {
      what: `The TensorFlow runtime at ${paths.addon} can’t be loaded: ${detail}.`,
      advice: `Run \`rectiscope runtime install --force\` to rebuild it.${redistributable}`,
      cause: error,
    });
  }
}
