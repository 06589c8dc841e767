import type { Device } from '../../protocol/events.ts';
import { RunFailure } from '../../run-file/run-failure.ts';
import { RuntimeError } from '../../runtime/errors.ts';
import { loadAddonAt, type TensorFlowAddon } from '../../runtime/load.ts';
import { hasSessionAddon, loadSessionAddon, NO_SESSIONS, type SessionAddon } from '../../runtime/session-addon.ts';
import { type RuntimePaths, requireInstalled, runtimeStatus } from '../../runtime/status.ts';
import { CPU, gpus } from './devices.ts';

/** Why the native runtime can't be used and what to do about it, in two sentences; undefined if it can. */
export async function tensorFlowProblem(): Promise<string | undefined> {
  const status = await runtimeStatus();
  if (!status.installed) return `${status.problem} ${status.advice}`;
  return hasSessionAddon(status) ? undefined : NO_SESSIONS;
}

/** A problem of the runtime is a failure of the run, not a crash. */
export const asRunFailure = (error: unknown): unknown =>
  error instanceof RuntimeError ? new RunFailure(error.message) : error;

/** Load the addon of sessions on other machines. Throws a RuntimeError that says what to do. */
export async function loadTensorFlowSessions(): Promise<SessionAddon> {
  const status = requireInstalled(await runtimeStatus());
  // This process only sends requests: it needs neither threads nor a GPU.
  process.env['CUDA_VISIBLE_DEVICES'] = '';
  return loadSessionAddon(status);
}

/** TensorFlow as this process has loaded it. */
export interface TensorFlowLibrary {
  /** tfjs' addon, which knows the devices. */
  readonly tfjs: TensorFlowAddon;
  /** Ours, which runs the graphs. */
  readonly sessions: SessionAddon;
  readonly device: 'cpu' | 'cuda';
  /** Names of the devices that share the parts of a batch: all GPUs, or the CPU as one. */
  readonly devices: readonly string[];
  /** `2.21.0` */
  readonly version: string;
}

/** Load the library of a runtime into this process. Rejects with a RuntimeError. */
export async function loadTensorFlowAt(paths: RuntimePaths): Promise<TensorFlowLibrary> {
  const tfjs = loadAddonAt(paths);
  const sessions = loadSessionAddon(paths);
  const version = tfjs.TF_Version;
  return tfjs.isUsingGpuDevice()
    ? { tfjs, sessions, device: 'cuda', devices: await gpus(sessions), version }
    : { tfjs, sessions, device: 'cpu', devices: [CPU], version };
}

/**
 * Load the library with the threads that a step needs: it reads them from the environment once, when it is loaded.
 * As many operations run in parallel as the machine has cores, for any number of parts: the library's
 * default. Throws a RuntimeError that says what to do, and a RunFailure if CUDA is requested and not available.
 */
export async function loadTensorFlow(options: {
  threadsPerPart: number;
  device: Device | 'auto';
}): Promise<TensorFlowLibrary> {
  process.env['TF_NUM_INTRAOP_THREADS'] = String(options.threadsPerPart);
  if (options.device === 'cpu') process.env['CUDA_VISIBLE_DEVICES'] = '';
  // By default a GPU's order of summation varies from run to run.
  process.env['TF_DETERMINISTIC_OPS'] ??= '1';
  // NVIDIA's TensorFloat-32 keeps 10 bits of a factor where single precision has 23: more than rounding, so only on request.
  process.env['NVIDIA_TF32_OVERRIDE'] ??= '0';
  const library = await loadTensorFlowAt(requireInstalled(await runtimeStatus()));
  if (options.device === 'cuda' && library.device !== 'cuda')
    throw new RunFailure(
      'TensorFlow found no usable GPU: `rectiscope runtime install --cuda` downloads the library for GPUs. Or use `--device cpu`.',
    );
  return library;
}
