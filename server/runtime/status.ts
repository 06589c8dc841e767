/**
 * Whether the native runtime is installed, which one it is, and how the user can get it or a better one. Checks a few
 * files and loads nothing, so that every start of a run can call it.
 */
import fs from 'node:fs/promises';
import path from 'node:path';
import { RuntimeError } from './errors.ts';
import { layoutOf, runtimeFolder } from './location.ts';
import { lockHolders } from './lock.ts';
import { thisMachine, thisPlatform } from './machine.ts';
import { type Manifest, readManifest } from './manifest.ts';
import { targetFor } from './target.ts';

/** What is needed to load the runtime. Paths are absolute. */
export interface RuntimePaths {
  addon: string;
  /** Folder of TensorFlow's libraries. */
  libraries: string;
  /** Further folders that the loader must search (Windows). */
  searchPath: readonly string[];
  /** Of TensorFlow. */
  version: string;
  /** Which library it is; whether it finds a GPU is known once it is loaded. */
  variant: 'cpu' | 'cuda';
}

export interface InstalledRuntime extends RuntimePaths {
  installed: true;
  /** The runtime's folder. */
  folder: string;
  /** `pip`: fetched by us; `environment`: the TensorFlow of a user's Python environment, used in place. */
  source: 'pip' | 'environment';
  /** Name of the distribution. */
  package: string;
  /** The Python that fetched it or whose environment it is. */
  python: string;
  /** The compiler of the addon. */
  compiler: string;
  /** Disk space of what we installed; an environment's libraries don't count. */
  bytes: number;
  /** How to get a better one, if there is one. */
  advice: string | undefined;
}

export interface MissingRuntime {
  installed: false;
  folder: string;
  /** None was ever installed there; otherwise there is one that can't be used. */
  absent: boolean;
  /** Why the runtime can't be used: a sentence. */
  problem: string;
  /** What the user can do to get it. */
  advice: string;
  /** An installation is in progress. */
  installing: boolean;
}

export type RuntimeStatus = InstalledRuntime | MissingRuntime;

const ANOTHER_FOLDER = 'Set RECTISCOPE_RUNTIME to a folder that you own and run `rectiscope runtime install`.';
const INSTALL_AGAIN = 'Run `rectiscope runtime install` to repair it.';

/**
 * The installed runtime.
 * @throws RuntimeError `not-installed` with what to do
 */
export function requireInstalled(status: RuntimeStatus): InstalledRuntime {
  if (status.installed) return status;
  throw new RuntimeError('not-installed', { what: status.problem, advice: status.advice });
}

/** What has changed since the runtime was verified, as a sentence; undefined if nothing has. */
async function changed(folder: string, manifest: Manifest): Promise<string | undefined> {
  if (manifest.platform !== thisPlatform()) {
    return `The runtime in this folder is for ${manifest.platform}; this is ${thisPlatform()}.`;
  }
  for (const file of manifest.files) {
    const full = path.resolve(folder, file.path);
    const status = await fs.stat(full).catch(() => undefined);
    if (status === undefined) return `A file of the runtime is missing: ${full}.`;
    const differs = status.size !== file.bytes || (file.modified !== undefined && status.mtimeMs !== file.modified);
    if (differs) return `A file of the runtime has changed since it was verified: ${full}.`;
  }
  return undefined;
}

/** Whether an NVIDIA driver is running. */
export async function hasNvidiaDriver(): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  return fs.access('/proc/driver/nvidia/version').then(
    () => true,
    () => false,
  );
}

/** What the user can do on a machine without a runtime. */
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
 * The state of the runtime in a folder. An unusable runtime is a result, not an error.
 * @throws RuntimeError `bad-location` if `RECTISCOPE_RUNTIME` is not valid
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
  if (reading.state === 'forbidden')
    return missing(`You have no permission to read the runtime in ${folder}.`, ANOTHER_FOLDER);
  if (reading.state === 'no-folder')
    return missing(`The runtime’s path ${folder} is not a folder and can’t be created.`, ANOTHER_FOLDER);
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
