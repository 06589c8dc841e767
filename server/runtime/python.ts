/**
 * Find a Python: it brings pip, the package client that users have already configured for their proxy and their mirror,
 * and perhaps a TensorFlow that can be used where it is. Nothing in it is ever changed, and TensorFlow is never imported.
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
  /** Folders where this Python's own shared library lies (Windows needs them to load TensorFlow). */
  libraryFolders: string[];
  tensorflow: FoundTensorFlow | undefined;
}

/** A command that may start a Python. */
export type PythonCommand = readonly [command: string, ...args: string[]];

/** Asked of every Python; prints one line of JSON behind a mark, since start-up files may print, too. */
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
const OLDEST = 8; // 3.8: what the questions above and today's pip need

/**
 * The commands to try, best first: the one asked for alone, else the environment that the user is in, else what the
 * system calls Python.
 */
export function pythonCommands(options: {
  asked: string | undefined;
  env: Readonly<Record<string, string | undefined>>;
  platform: NodeJS.Platform;
}): PythonCommand[] {
  const { asked, env, platform } = options;
  if (asked !== undefined) return [[asked]];
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
  /** What a setting or `--python` names: a program, or the folder of an environment. */
  python: string | undefined;
  /** A folder of ours: Python puts the working directory first in its search path, so it must hold no `.py` file. */
  cwd: string;
  signal?: AbortSignal | undefined;
}

/** Ask one command what it is; undefined if it is no usable Python. */
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
    return undefined; // the command does not exist, or is not a program
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
async function programIn(asked: string, platform: NodeJS.Platform): Promise<string> {
  const isFolder = await fs.stat(asked).then(
    (status) => status.isDirectory(),
    () => false, // a bare command, to be looked up in PATH
  );
  if (!isFolder) return asked;
  const [virtual] = pythonCommands({ asked: undefined, env: { VIRTUAL_ENV: path.resolve(asked) }, platform });
  return virtual?.[0] ?? asked;
}

/**
 * All Pythons that this machine offers, in the order in which they should be used, each once.
 * @throws RuntimeError `no-python` if there is none, or if the one asked for is none.
 */
export async function findPythons(search: PythonSearch): Promise<Python[]> {
  const { platform } = process;
  const asked = search.python === undefined ? undefined : await programIn(search.python, platform);
  const pythons = new Map<string, Python>();
  for (const command of pythonCommands({ asked, env: process.env, platform })) {
    const python = await ask(command, search);
    // `python3` and `python` are mostly two names of one.
    if (python !== undefined && !pythons.has(python.prefix)) pythons.set(python.prefix, python);
  }
  if (pythons.size > 0) return [...pythons.values()];
  throw new RuntimeError(
    'no-python',
    search.python === undefined
      ? {
          what: 'TensorFlow is fetched with pip, and no Python (3.8 or newer, 64 bit) was found on this machine.',
          advice:
            'Install Python from your system’s packages, or name one with --python; or go on without: the onnx backend needs none of this.',
        }
      : {
          what: `${search.python} is not a Python (3.8 or newer, 64 bit) that can be run.`,
          advice: 'Name a Python program or the folder of an environment with --python.',
        },
  );
}

/** The first Python that has pip, else the first, given it: see `withPip`. */
export async function packageClient(pythons: readonly Python[], folder: string, signal?: AbortSignal): Promise<Python> {
  const ready = pythons.find((python) => python.hasPip) ?? pythons[0];
  if (ready === undefined) throw new RuntimeError('no-python', { what: 'There is no Python.', advice: 'Install one.' });
  return withPip(ready, folder, signal);
}

/**
 * A Python with pip, made from one that lacks it: a virtual environment in `folder`, whose pip comes out of Python's own
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
    what: `The Python at ${python.executable} has no pip, and can't make an environment that has one.`,
    advice:
      'Install pip (Debian, Ubuntu: the packages python3-pip or python3-venv), or name another Python with --python.',
    detail: output,
  });
}
