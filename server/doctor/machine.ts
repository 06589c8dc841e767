/** What this machine has. The libraries that npm brings are loaded to see whether they can be; nothing is fetched or started. */
import { availableParallelism, cpus, freemem, release, totalmem } from 'node:os';
import { loadDecoder } from '../data/decoder.ts';
import { loadOnnxruntime } from '../engines/onnx/load.ts';
import type { Device } from '../protocol/events.ts';
import { RunFailure } from '../run-file/run-failure.ts';
import { RuntimeError } from '../runtime/errors.ts';
import { findOnnxruntime, isClone, ONNXRUNTIME_VERSION, orderFolder } from '../runtime/onnxruntime.ts';
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

/** onnxruntime: where it is, and whether it can be used. None is fetched. */
async function lookAtOnnx(): Promise<{ onnx: Engines['onnx']; problem?: Problem }> {
  const folder = findOnnxruntime();
  if (folder === undefined) {
    const place = `${process.platform}-${process.arch}`;
    const message = `onnxruntime ${ONNXRUNTIME_VERSION}, which trains, is not on this machine (${place}).`;
    // A package fetches it when it is first needed.
    const absent = isClone
      ? ({ severity: 'error', advice: `Run \`npm install\` in ${orderFolder}.` } as const)
      : ({
          severity: 'information',
          advice: 'The first `rectiscope train` fetches it with npm, some 100 MB.',
        } as const);
    const problem = { id: 'onnxruntime-missing', message, ...absent };
    return { onnx: { present: false, version: null, folder: null }, problem };
  }
  const onnx = { present: true, version: ONNXRUNTIME_VERSION, folder };
  const why = await refusal(() => loadOnnxruntime(() => undefined));
  return { onnx, ...(why !== undefined && { problem: broken('onnxruntime-broken', why) }) };
}

/** The user's words for what can't be loaded; undefined where it can. */
async function refusal(load: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await load();
    return undefined;
  } catch (error) {
    if (!(error instanceof RunFailure)) throw error;
    return error.message;
  }
}

/** A library that can't be loaded: its message says what is wrong and what to do. */
const broken = (id: string, message: string): Problem => ({
  id,
  severity: 'error',
  message,
  advice: 'Then ask again: `rectiscope doctor`.',
});

/** What decodes images. */
async function lookAtDecoder(): Promise<Problem | undefined> {
  const why = await refusal(loadDecoder);
  return why === undefined ? undefined : broken('image-decoder-broken', why);
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
  const { onnx, problem: onnxProblem } = await lookAtOnnx();
  const decoderProblem = await lookAtDecoder();
  const found = await lookAtTensorFlow();
  const tensorflow = describeTensorFlow(found);
  const driver = await hasNvidiaDriver();
  const cuda = tensorflow.variant === 'cuda' && driver;
  const problems = [onnxProblem, decoderProblem].filter((problem) => problem !== undefined);
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
