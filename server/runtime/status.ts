/**
 * Whether the native runtime is there, what it is, and what a user could do to get it or a better one. Looks at a few
 * files and loads nothing, so that every start of a run can ask.
 */
import fs from 'node:fs/promises';
import path from 'node:path';
import { RuntimeError } from './errors.ts';
import { layoutOf, runtimeFolder } from './location.ts';
import { lockHolders } from './lock.ts';
import { thisMachine, thisPlatform } from './machine.ts';
import { type Manifest, readManifest } from './manifest.ts';
import { targetFor } from './target.ts';

/** What it takes to load the runtime. Paths are absolute. */
export interface RuntimePaths {
  addon: string;
  /** Folder of TensorFlow's libraries. */
  libraries: string;
  /** Folders that the loader must search besides (Windows). */
  searchPath: readonly string[];
  /** Of TensorFlow. */
  version: string;
  /** Which library it is; whether there is a GPU for it shows when it is loaded. */
  variant: 'cpu' | 'cuda';
}

export interface InstalledRuntime extends RuntimePaths {
  installed: true;
  /** The runtime's folder. */
  folder: string;
  /** `pip`: fetched by us; `environment`: TensorFlow is used where a user's Python environment has it. */
  source: 'pip' | 'environment';
  /** Name of the distribution. */
  package: string;
  /** The Python that fetched it or whose environment it is. */
  python: string;
  /** What built the addon. */
  compiler: string;
  /** Size of what we installed on the disk; an environment's libraries don't count. */
  bytes: number;
  /** How it could be better, if it could. */
  advice: string | undefined;
}

export interface MissingRuntime {
  installed: false;
  folder: string;
  /** None was ever installed there; else one is there that can't be used. */
  absent: boolean;
  /** Why the runtime can't be used: a sentence. */
  problem: string;
  /** What the user could do to get it. */
  advice: string;
  /** An installation is under way at this moment. */
  installing: boolean;
}

export type RuntimeStatus = InstalledRuntime | MissingRuntime;

const ANOTHER_FOLDER = 'Set RECTISCOPE_RUNTIME to a folder of yours and run `rectiscope runtime install`.';
const INSTALL_AGAIN = 'Run `rectiscope runtime install` to repair it.';

/**
 * A runtime that is there.
 * @throws RuntimeError `not-installed` with what to do
 */
export function requireInstalled(status: RuntimeStatus): InstalledRuntime {
  if (status.installed) return status;
  throw new RuntimeError('not-installed', { what: status.problem, advice: status.advice });
}

/** What has changed since the runtime was verified, if anything has: a sentence. */
async function changed(folder: string, manifest: Manifest): Promise<string | undefined> {
  if (manifest.platform !== thisPlatform()) {
    return `The runtime in this folder is for ${manifest.platform}; this is ${thisPlatform()}.`;
  }
  for (const file of manifest.files) {
    const full = path.resolve(folder, file.path);
    const status = await fs.stat(full).catch(() => undefined);
    if (status === undefined) return `A file of the runtime is gone: ${full}.`;
    const differs = status.size !== file.bytes || (file.modified !== undefined && status.mtimeMs !== file.modified);
    if (differs) return `A file of the runtime has changed since it was verified: ${full}.`;
  }
  return undefined;
}

/** An NVIDIA driver that runs here. */
export async function hasNvidiaDriver(): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  return fs.access('/proc/driver/nvidia/version').then(
    () => true,
    () => false,
  );
}

/** What a user could do on a machine without a runtime. */
async function adviceToInstall(): Promise<{ problem: string; advice: string }> {
  const problem = 'The native TensorFlow runtime is not installed.';
  try {
    targetFor(thisMachine('3.11'), false);
  } catch (error) {
    if (error instanceof RuntimeError)
      return { problem: error.message.replace(` ${error.advice}`, ''), advice: error.advice };
    throw error;
  }
  const cuda = (await hasNvidiaDriver()) ? ' (with --cuda for this machine’s NVIDIA GPU)' : '';
  return {
    problem,
    advice: `\`rectiscope runtime install\`${cuda} fetches it with pip, 220 to 360 MB, or uses the TensorFlow of a Python environment.`,
  };
}

/**
 * The state of the runtime in a folder. An unusable runtime is an answer, not an error.
 * @throws RuntimeError `bad-location` if `RECTISCOPE_RUNTIME` makes no sense
 */
export async function runtimeStatus(folder: string = runtimeFolder()): Promise<RuntimeStatus> {
  const missing = async (problem: string, advice: string, absent = false): Promise<MissingRuntime> => {
    const installing = (await lockHolders(layoutOf(folder).locks)).length > 0;
    return { installed: false, folder, absent, problem, advice, installing };
  };
  const reading = await readManifest(folder);
  if (reading.state === 'absent') {
    const { problem, advice } = await adviceToInstall();
    return missing(problem, advice, true);
  }
  if (reading.state === 'forbidden') return missing(`You may not read the runtime in ${folder}.`, ANOTHER_FOLDER);
  if (reading.state === 'no-folder')
    return missing(`The runtime’s place ${folder} is no folder, nor can it be one.`, ANOTHER_FOLDER);
  if (reading.state === 'unreadable') {
    return missing(`The runtime’s manifest ${layoutOf(folder).manifest} can’t be read: ${reading.why}.`, INSTALL_AGAIN);
  }
  const { manifest } = reading;
  const problem = await changed(folder, manifest);
  if (problem !== undefined) return missing(problem, INSTALL_AGAIN);
  const wantsCuda = manifest.variant === 'cpu' && manifest.platform === 'linux-x64' && (await hasNvidiaDriver());
  return {
    installed: true,
    folder,
    source: manifest.source,
    package: manifest.package,
    version: manifest.version,
    variant: manifest.variant,
    python: manifest.python,
    compiler: manifest.compiler,
    bytes: manifest.bytes,
    addon: path.resolve(folder, manifest.addon),
    libraries: path.resolve(folder, manifest.libraries),
    searchPath: manifest.searchPath,
    advice: wantsCuda
      ? 'This machine has an NVIDIA GPU: `rectiscope runtime install --cuda` fetches the library that uses it.'
      : undefined,
  };
}
