/**
 * Finds a Python: it has pip, the package client that users have already configured for their proxy and their mirror,
 * and perhaps a TensorFlow that can be used in place. Nothing in it is ever changed, and TensorFlow is never imported.
 */
import fs from 'node:fs/promises';
import path from 'node:path';
import { runChild } from './child.ts';
import { RuntimeError } from './errors.ts';

/** A TensorFlow in a Python environment. */
export interface FoundTensorFlow {
  /** The package folder `tensorflow`. */
  folder: string;
  /** Name and version of the distribution that it belongs to. */
  package: string;
  version: string;
}

export interface Python {
  executable: string;
  /** Folder of its environment. */
  prefix: string;
  /** `major.minor` */
  version: string;
  hasPip: boolean;
  /** Folders of this Python's own shared library (Windows needs them to load TensorFlow). */
  libraryFolders: string[];
  tensorflow: FoundTensorFlow | undefined;
}

/** A command that may start a Python. */
export type PythonCommand = readonly [command: string, ...args: string[]];

/** Run by every Python; prints one line of JSON after a marker, since start-up files may print, too. */
const QUESTIONS = `
import importlib.util, json, os, struct, sys
def tensorflow():
    try:
        spec = importlib.util.find_spec('tensorflow')
    except Exception:
        return None
    if spec is None or not spec.origin:
        return None
    from importlib import metadata
    for name in ('tensorflow', 'tensorflow-cpu', 'tensorflow-gpu', 'tensorflow-macos', 'tensorflow-intel', 'tf-nightly', 'tf-nightly-cpu'):
        try:
            return {'folder': os.path.dirname(spec.origin), 'package': name, 'version': metadata.version(name)}
        except metadata.PackageNotFoundError:
            pass
    return None
def has(name):
    try:
        return importlib.util.find_spec(name) is not None
    except Exception:
        return False
print('rectiscope:' + json.dumps({
    'executable': sys.executable,
    'prefix': os.path.realpath(sys.prefix),
    'version': '%d.%d' % sys.version_info[:2],
    'bits': struct.calcsize('P') * 8,
    'hasPip': has('pip'),
    'libraryFolders': sorted({sys.base_prefix, os.path.dirname(os.path.realpath(sys.executable))}),
    'tensorflow': tensorflow(),
}))
`;

const MARK = 'rectiscope:';
const OLDEST = 8; // 3.8: required by the program above and by today's pip

/**
 * The commands to try, best first: only the requested one, else the active environment, else the
 * system's Python.
 */
export function pythonCommands(options: {
  requested: string | undefined;
  env: Readonly<Record<string, string | undefined>>;
  platform: NodeJS.Platform;
}): PythonCommand[] {
  const { requested, env, platform } = options;
  if (requested !== undefined) return [[requested]];
  const windows = platform === 'win32';
  const commands: PythonCommand[] = [];
  const { VIRTUAL_ENV: virtual, CONDA_PREFIX: conda } = env;
  if (virtual) {
    commands.push([
      windows ? path.win32.join(virtual, 'Scripts', 'python.exe') : path.posix.join(virtual, 'bin', 'python'),
    ]);
  }
  if (conda) commands.push([windows ? path.win32.join(conda, 'python.exe') : path.posix.join(conda, 'bin', 'python')]);
  commands.push(['python3'], ['python']);
  if (windows) commands.push(['py', '-3']);
  return commands;
}

export interface PythonSearch {
  /** The value of a setting or `--python`: a program, or the folder of an environment. */
  python: string | undefined;
  /** One of our folders: Python puts the working directory first in its search path, so it must contain no `.py` file. */
  cwd: string;
  signal?: AbortSignal | undefined;
}

/** Inspects one command; undefined if it is not a usable Python. */
async function ask([command, ...args]: PythonCommand, search: PythonSearch): Promise<Python | undefined> {
  let answer: string | undefined;
  try {
    const { code, stdout } = await runChild(command, [...args, '-c', QUESTIONS], {
      cwd: search.cwd,
      env: { PYTHONIOENCODING: 'utf-8' },
      signal: search.signal,
    });
    if (code === 0) answer = stdout.split('\n').find((line) => line.startsWith(MARK));
  } catch (error) {
    if (error instanceof RuntimeError) throw error;
    return undefined; // the command does not exist or can't be run
  }
  if (answer === undefined) return undefined;
  const { bits, tensorflow, ...python } = JSON.parse(answer.slice(MARK.length)) as Omit<Python, 'tensorflow'> & {
    bits: number;
    tensorflow: FoundTensorFlow | null;
  };
  const [major = 0, minor = 0] = python.version.split('.').map(Number);
  const usable = bits === 64 && major === 3 && minor >= OLDEST && python.executable !== '';
  return usable ? { ...python, tensorflow: tensorflow ?? undefined } : undefined;
}

/** `--python` may name the folder of an environment. */
async function programIn(requested: string, platform: NodeJS.Platform): Promise<string> {
  const isFolder = await fs.stat(requested).then(
    (status) => status.isDirectory(),
    () => false, // a bare command, to be looked up in PATH
  );
  if (!isFolder) return requested;
  const [virtual] = pythonCommands({ requested: undefined, env: { VIRTUAL_ENV: path.resolve(requested) }, platform });
  return virtual?.[0] ?? requested;
}

/**
 * All Pythons of this machine, each once, best first.
 * @throws RuntimeError `no-python` if there is none, or if the requested one is not usable.
 */
export async function findPythons(search: PythonSearch): Promise<Python[]> {
  const { platform } = process;
  const requested = search.python === undefined ? undefined : await programIn(search.python, platform);
  const pythons = new Map<string, Python>();
  for (const command of pythonCommands({ requested, env: process.env, platform })) {
    const python = await ask(command, search);
    // `python3` and `python` are usually the same program.
    if (python !== undefined && !pythons.has(python.prefix)) pythons.set(python.prefix, python);
  }
  if (pythons.size > 0) return [...pythons.values()];
  throw new RuntimeError(
    'no-python',
    search.python === undefined
      ? {
          what: 'TensorFlow is fetched with pip, and no Python (3.8 or newer, 64 bit) was found on this machine.',
          advice:
            'Install Python from your system’s packages, or name one with --python; or do without it: the onnx backend needs no Python.',
        }
      : {
          what: `${search.python} is not a usable Python (3.8 or newer, 64 bit).`,
          advice: 'Name a Python program or the folder of an environment with --python.',
        },
  );
}

/** The first Python that has pip, else the first one with pip added: see `withPip`. */
export async function packageClient(pythons: readonly Python[], folder: string, signal?: AbortSignal): Promise<Python> {
  const ready = pythons.find((python) => python.hasPip) ?? pythons[0];
  if (ready === undefined)
    throw new RuntimeError('no-python', { what: 'No Python was found.', advice: 'Install one.' });
  return withPip(ready, folder, signal);
}

/**
 * A Python with pip, made from one without: a virtual environment in `folder`, whose pip comes from Python's own
 * library (environments made by uv, and some systems, have none).
 * @throws RuntimeError `no-pip`
 */
export async function withPip(python: Python, folder: string, signal?: AbortSignal): Promise<Python> {
  if (python.hasPip) return python;
  const { code, output } = await runChild(python.executable, ['-m', 'venv', folder], {
    cwd: path.dirname(folder),
    signal,
  });
  const made =
    code === 0
      ? await ask([await programIn(folder, process.platform)], { python: undefined, cwd: path.dirname(folder), signal })
      : undefined;
  if (made?.hasPip === true) return { ...made, tensorflow: python.tensorflow };
  throw new RuntimeError('no-pip', {
    what: `The Python at ${python.executable} has no pip and can't create an environment that has one.`,
    advice:
      'Install pip (Debian, Ubuntu: the packages python3-pip or python3-venv), or name another Python with --python.',
    detail: output,
  });
}
