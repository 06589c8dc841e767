/**
 * Where the other processes of the product start, and with which environment: the one file that spawns any of them.
 * From the source tree Node runs `server/<folder>/main.ts`; in the packaged extension everything is bundled, side by
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

/** Absolute path of the file that a process starts from. `here` is the URL of this module; tests give others. */
export function processFile(name: ProcessName, here: string = thisFile): string {
  return isSourceTree(here)
    ? join(productFolder(here), 'server', sourceFile[name])
    : join(dirname(fileURLToPath(here)), `${name}.mjs`);
}

/** Whether this runs from the source tree; else from bundles, side by side in `dist/`. */
export const isSourceTree = (here: string = thisFile): boolean => extname(fileURLToPath(here)) === '.ts';

/** Where package.json lies: above `server/system/` in the source tree, above `dist/` in a package. */
const productFolder = (here: string): string =>
  join(dirname(fileURLToPath(here)), isSourceTree(here) ? join('..', '..') : '..');

/** The product's version, from its package.json. */
export function productVersion(here: string = thisFile): string {
  const manifest = JSON.parse(readFileSync(join(productFolder(here), 'package.json'), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}

/** Where Node keeps compiled code between starts by itself: a third of a trainer's start. */
const COMPILE_CACHE = join(tmpdir(), 'node-compile-cache');

/**
 * The environment of a process that outlives its parent, from the parent's: Electron acts as Node, and nothing of a
 * debugger, of an IPC channel or of the editor's window comes along (they end before the server does).
 */
export function childEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const unwanted =
    /^(NODE_OPTIONS|NODE_CHANNEL_\w+|NODE_UNIQUE_ID|NODE_TEST_CONTEXT|RECTISCOPE_OWN_PROCESS|VSCODE_\w+)$/;
  const kept = Object.entries(environment).filter(([name]) => !unwanted.test(name));
  return { NODE_COMPILE_CACHE: COMPILE_CACHE, ...Object.fromEntries(kept), ELECTRON_RUN_AS_NODE: '1' };
}

/** What a trainer, a step timer and a server are started with. */
export interface SpawnOptions {
  /** The program to run; usually `processFile(…)`. */
  file: string;
  arguments?: readonly string[];
  /** Descriptor of an open file that takes standard output and error: native libraries print there. */
  log: number;
  /** Working directory; exists. */
  folder: string;
}

/**
 * For glibc's allocator, which reads it when a process starts; others don't know it. It keeps what is freed, in one place: else every
 * large array comes anew from the system, page by page, at every operation (a fifth of a step of a large network).
 */
const KEEPING_MEMORY = { MALLOC_ARENA_MAX: '1', MALLOC_MMAP_MAX_: '0', MALLOC_TRIM_THRESHOLD_: String(2 ** 40) };

/** The environment of a process that trains, from its parent's. */
export const trainerEnvironment = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  // Images are decoded on libuv's threads, of which there are four whatever the machine has.
  UV_THREADPOOL_SIZE: String(Math.max(4, availableParallelism())),
  ...KEEPING_MEMORY,
  ...childEnvironment(environment),
});

/** Start a trainer or a step timer: an IPC channel with advanced serialisation (NaN and typed arrays survive), output to the log. */
export const spawnTrainer = (options: SpawnOptions): ChildProcess =>
  spawn(process.execPath, [options.file, ...(options.arguments ?? [])], {
    cwd: options.folder,
    env: trainerEnvironment(process.env),
    serialization: 'advanced',
    stdio: ['ignore', options.log, options.log, 'ipc'],
    windowsHide: true,
  });

/**
 * Start the process that lends this machine: a channel, and an environment that its native library reads when it is loaded. It is in
 * a process group of its own, so that an interrupt reaches this process, which ends it.
 */
export const spawnWorkerServer = (words: readonly string[], environment: NodeJS.ProcessEnv): ChildProcess =>
  spawn(process.execPath, [processFile('worker-server'), ...words], {
    env: { ...childEnvironment(process.env), ...environment },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    detached: process.platform !== 'win32',
    windowsHide: true,
  });

/** Start the process that looks at data: a channel, and nothing on the standard output that the language server writes to. */
export const spawnDataLook = (): ChildProcess =>
  spawn(process.execPath, [processFile('data-look')], {
    env: childEnvironment(process.env),
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    windowsHide: true,
  });

/** Start a command of the command line for this process to write to and to read. `home`: the store that it works on. */
export const spawnCommand = (
  words: readonly string[],
  { home }: { home?: string } = {},
): ChildProcessWithoutNullStreams =>
  spawn(process.execPath, [processFile('cli'), ...words], {
    env: { ...childEnvironment(process.env), ...(home !== undefined && { RECTISCOPE_HOME: home }) },
    stdio: ['pipe', 'pipe', 'pipe'],
    windowsHide: true,
  });

/** Start what builds the panel's page from the source tree; it prints the files as one JSON object. */
export const spawnPanelBuild = (): ChildProcessByStdio<null, Readable, Readable> =>
  spawn(process.execPath, [join(productFolder(thisFile), 'scripts', 'panel-files.ts')], {
    env: childEnvironment(process.env),
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  });

/**
 * How somebody else starts a command of the command line. `environment` is what changes in the environment of this process: null takes a
 * variable away.
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

/** Start a server that outlives this process: its own process group, no channel, output to the log. */
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
 * Start this command line once more: the same standard input and output, standard error a pipe to this process, a channel for what it
 * has to say. It is in a process group of its own, so that an interrupt reaches it once, by way of this process.
 */
export const spawnInOwnProcess = (): ChildProcess =>
  spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    env: { ...process.env, [OWN_PROCESS]: '1' },
    stdio: ['inherit', 'inherit', 'pipe', 'ipc'],
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
