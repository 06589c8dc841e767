/**
 * Starts the product's other processes, with their environment: the only file that spawns any of them.
 * In the source tree Node runs `server/<folder>/main.ts`; in the packaged extension everything is bundled, side by
 * side, in `dist/`.
 */
import {
  type ChildProcess,
  type ChildProcessByStdio,
  type ChildProcessWithoutNullStreams,
  spawn,
} from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, extname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath, pathToFileURL } from 'node:url';

export type ProcessName =
  | 'server'
  | 'trainer'
  | 'step-timer'
  | 'language'
  | 'cli'
  | 'onnx-worker'
  | 'data-worker'
  | 'data-look'
  | 'runtime-verify'
  | 'worker-server';

const sourceFile: Record<ProcessName, string> = {
  server: 'supervisor/main.ts',
  trainer: 'trainer/main.ts',
  'step-timer': 'timing/step-timer.ts',
  language: 'language/main.ts',
  cli: 'cli.ts',
  'onnx-worker': 'engines/onnx/worker.ts',
  'data-worker': 'data/worker.ts',
  'data-look': 'data/look-process.ts',
  'runtime-verify': 'timing/verify-runtime.ts',
  'worker-server': 'engines/tensorflow/worker-server.ts',
};

// In a CommonJS bundle (the extension host's) there is no import.meta.url.
const thisFile = import.meta.url ?? pathToFileURL(__filename).href;

/** Absolute path of the file that a process starts from. `here` is the URL of this module; tests pass others. */
export function processFile(name: ProcessName, here: string = thisFile): string {
  return isSourceTree(here)
    ? join(productFolder(here), 'server', sourceFile[name])
    : join(dirname(fileURLToPath(here)), `${name}.mjs`);
}

/** Whether this runs from the source tree; else from bundles, side by side in `dist/`. */
export const isSourceTree = (here: string = thisFile): boolean => extname(fileURLToPath(here)) === '.ts';

/** Folder of package.json: above `server/system/` in the source tree, above `dist/` in a package. */
const productFolder = (here: string): string =>
  join(dirname(fileURLToPath(here)), isSourceTree(here) ? join('..', '..') : '..');

/** The product's version, from its package.json. */
export function productVersion(here: string = thisFile): string {
  const manifest = JSON.parse(readFileSync(join(productFolder(here), 'package.json'), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}

/** Where Node caches compiled code between starts: saves a third of a trainer's start. */
const COMPILE_CACHE = join(tmpdir(), 'node-compile-cache');

/**
 * The environment of a process that outlives its parent, derived from the parent's: Electron runs as Node, and variables of a
 * debugger, an IPC channel or the editor's window are removed (they end before the server does).
 */
export function childEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const unwanted =
    /^(NODE_OPTIONS|NODE_CHANNEL_\w+|NODE_UNIQUE_ID|NODE_TEST_CONTEXT|RECTISCOPE_OWN_PROCESS|VSCODE_\w+)$/;
  const kept = Object.entries(environment).filter(([name]) => !unwanted.test(name));
  return { NODE_COMPILE_CACHE: COMPILE_CACHE, ...Object.fromEntries(kept), ELECTRON_RUN_AS_NODE: '1' };
}

/** Options of starting a trainer, a step timer or a server. */
export interface SpawnOptions {
  /** The program to run; usually `processFile(…)`. */
  file: string;
  arguments?: readonly string[];
  /** Descriptor of an open file for standard output and error: native libraries print there. */
  log: number;
  /** Working directory; exists. */
  folder: string;
}

/**
 * For glibc's allocator, which reads it when a process starts; others ignore it. It keeps freed memory, in one arena: otherwise every
 * operation gets its large arrays from the system again, page by page (a fifth of a step of a large network).
 */
const KEEPING_MEMORY = { MALLOC_ARENA_MAX: '1', MALLOC_MMAP_MAX_: '0', MALLOC_TRIM_THRESHOLD_: String(2 ** 40) };

/** The environment of a process that trains, from its parent's. */
export const trainerEnvironment = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  // Images are decoded on libuv's threads, of which there are four by default, whatever the machine.
  UV_THREADPOOL_SIZE: String(Math.max(4, availableParallelism())),
  ...KEEPING_MEMORY,
  ...childEnvironment(environment),
});

/** Starts a trainer or a step timer: an IPC channel with advanced serialisation (NaN and typed arrays survive), output to the log. */
export const spawnTrainer = (options: SpawnOptions): ChildProcess =>
  spawn(process.execPath, [options.file, ...(options.arguments ?? [])], {
    cwd: options.folder,
    env: trainerEnvironment(process.env),
    serialization: 'advanced',
    stdio: ['ignore', options.log, options.log, 'ipc'],
    windowsHide: true,
  });

/**
 * Starts a worker's process: a channel, and an environment that its native library reads when it is loaded. It is in
 * a separate process group, so that an interrupt reaches only this process, which ends it.
 */
export const spawnWorkerServer = (words: readonly string[], environment: NodeJS.ProcessEnv): ChildProcess =>
  spawn(process.execPath, [processFile('worker-server'), ...words], {
    env: { ...childEnvironment(process.env), ...environment },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    detached: process.platform !== 'win32',
    windowsHide: true,
  });

/** Starts the process that checks data: a channel, and no access to the standard output of the language server. */
export const spawnDataLook = (): ChildProcess =>
  spawn(process.execPath, [processFile('data-look')], {
    env: childEnvironment(process.env),
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    windowsHide: true,
  });

/** Starts a command of the command line with its streams piped to this process. `home`: the store that it works on. */
export const spawnCommand = (
  words: readonly string[],
  { home }: { home?: string } = {},
): ChildProcessWithoutNullStreams =>
  spawn(process.execPath, [processFile('cli'), ...words], {
    env: { ...childEnvironment(process.env), ...(home !== undefined && { RECTISCOPE_HOME: home }) },
    stdio: ['pipe', 'pipe', 'pipe'],
    windowsHide: true,
  });

/** Starts the build of the panel's page from the source tree; it prints the files as one JSON object. */
export const spawnPanelBuild = (): ChildProcessByStdio<null, Readable, Readable> =>
  spawn(process.execPath, [join(productFolder(thisFile), 'scripts', 'panel-files.ts')], {
    env: childEnvironment(process.env),
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  });

/**
 * How another program starts a command of the command line. `environment` has the changes to this process's environment: null removes
 * a variable.
 */
export function commandToStart(words: readonly string[]): {
  program: string;
  words: string[];
  environment: Record<string, string | null>;
} {
  const wanted = childEnvironment(process.env);
  const removed = Object.keys(process.env).filter((name) => wanted[name] === undefined);
  const added = Object.entries(wanted).flatMap(([name, value]): [string, string][] =>
    value === undefined || process.env[name] === value ? [] : [[name, value]],
  );
  return {
    program: process.execPath,
    words: [processFile('cli'), ...words],
    environment: { ...Object.fromEntries(removed.map((name) => [name, null])), ...Object.fromEntries(added) },
  };
}

/** Starts a server that outlives this process: its own process group, no channel, output to the log. */
export const spawnServer = (options: SpawnOptions): ChildProcess =>
  spawn(process.execPath, [options.file, ...(options.arguments ?? [])], {
    cwd: options.folder,
    detached: true,
    env: childEnvironment(process.env),
    stdio: ['ignore', options.log, options.log],
    windowsHide: true,
  });

/** Set in a process that `spawnInOwnProcess` started. */
const OWN_PROCESS = 'RECTISCOPE_OWN_PROCESS';

/** Whether this process was started by `spawnInOwnProcess`. */
export const isOwnProcess = (): boolean => process.env[OWN_PROCESS] !== undefined && process.send !== undefined;

/**
 * Starts this command line once more: the same standard input and output, standard error as a pipe to this process, a channel for its
 * messages. It is in a separate process group, so that an interrupt reaches it once, through this process.
 */
export const spawnInOwnProcess = (): ChildProcess =>
  spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    env: { ...process.env, [OWN_PROCESS]: '1' },
    stdio: ['inherit', 'inherit', 'pipe', 'ipc'],
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
