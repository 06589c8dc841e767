/** What this machine has; nothing is loaded or started. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, freemem, release, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import type { Device } from '../protocol/events.ts';
import { RuntimeError } from '../runtime/errors.ts';
import { hasNvidiaDriver, type RuntimeStatus, runtimeStatus } from '../runtime/status.ts';
import type { Problem } from './problem.ts';

export interface Machine {
  platform: string;
  /** Of the operating system. */
  release: string;
  processor: string;
  /** Cores that this process may use. */
  cores: number;
  memory_bytes: number;
  free_memory_bytes: number;
  node: { version: string; path: string; sqlite: string | null };
}

export interface Engines {
  onnx: { present: boolean; version: string | null; folder: string | null };
  tensorflow: {
    installed: boolean;
    version: string | null;
    variant: 'cpu' | 'cuda' | null;
    folder: string | null;
    /** For one that is missing or unusable: why, and what to do. */
    problem?: string;
    advice?: string;
  };
  /** `available` is null if only a run can show it. */
  devices: { device: Device; available: boolean | null; note: string }[];
}

export const lookAtMachine = (): Machine => ({
  platform: `${process.platform}-${process.arch}`,
  release: release(),
  processor: cpus()[0]?.model.trim() ?? 'unknown',
  cores: availableParallelism(),
  memory_bytes: totalmem(),
  free_memory_bytes: freemem(),
  node: { version: process.version, path: process.execPath, sqlite: process.versions['sqlite'] ?? null },
});

/** onnxruntime, by its files: loading it takes a while. */
function lookAtOnnx(): Engines['onnx'] {
  try {
    const manifest = createRequire(import.meta.url).resolve('onnxruntime-node/package.json');
    const folder = dirname(manifest);
    const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
    const binding = join(folder, 'bin', 'napi-v6', process.platform, process.arch, 'onnxruntime_binding.node');
    return { present: existsSync(binding), version, folder };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    return { present: false, version: null, folder: null };
  }
}

/** The native runtime; its configured path may be invalid. */
async function lookAtTensorFlow(): Promise<{ status?: RuntimeStatus; refused?: RuntimeError }> {
  try {
    return { status: await runtimeStatus() };
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    return { refused: error };
  }
}

function describeTensorFlow({ status, refused }: Awaited<ReturnType<typeof lookAtTensorFlow>>): Engines['tensorflow'] {
  if (status?.installed) {
    const { version, variant, folder } = status;
    return { installed: true, version, variant, folder };
  }
  const advice = status?.advice ?? refused?.advice ?? '';
  const problem = status?.problem ?? refused?.message.replace(` ${advice}`, '') ?? '';
  return { installed: false, version: null, variant: null, folder: status?.folder ?? null, problem, advice };
}

/** The engines of this machine, and what is wrong with them. */
export async function lookAtEngines(): Promise<{ engines: Engines; problems: Problem[] }> {
  const onnx = lookAtOnnx();
  const found = await lookAtTensorFlow();
  const tensorflow = describeTensorFlow(found);
  const driver = await hasNvidiaDriver();
  const cuda = tensorflow.variant === 'cuda' && driver;
  const problems: Problem[] = [];
  if (!onnx.present) {
    const message = `onnxruntime is missing for ${process.platform}-${process.arch}.`;
    const advice = 'Run `npm install` in the folder of Rectiscope, on a platform that onnxruntime supports.';
    problems.push({ id: 'onnxruntime-missing', severity: 'error', message, advice });
  }
  if (!tensorflow.installed) {
    const { problem: message = '', advice = '', folder } = tensorflow;
    // None was ever installed: it is optional.
    const absent = found.status?.installed === false && found.status.absent;
    const id = found.refused ? 'runtime-folder' : absent ? 'runtime-missing' : 'runtime-broken';
    const severity = absent ? 'information' : 'warning';
    problems.push({ id, severity, message, advice, ...(folder !== null && { path: folder }) });
  }
  const devices: Engines['devices'] = [
    { device: 'cpu', available: onnx.present || tensorflow.installed, note: 'every engine' },
    {
      device: 'cuda',
      available: cuda,
      note: !driver ? 'no NVIDIA driver' : cuda ? 'tensorflow' : '`rectiscope runtime install --cuda`',
    },
    {
      device: 'webgpu',
      available: onnx.present ? null : false,
      note: 'tested when a run requests it: `--device webgpu`',
    },
  ];
  return { engines: { onnx, tensorflow, devices }, problems };
}
