/**
 * The TensorFlow of a user's Python environment, used in place: nothing is fetched and nothing there is changed.
 */
import fs from 'node:fs/promises';
import path from 'node:path';
import type { FoundTensorFlow, Python } from './python.ts';
import type { RuntimeTarget } from './target.ts';

export interface EnvironmentRuntime {
  python: Python;
  tensorflow: FoundTensorFlow;
  /** Folders of the headers and of the libraries. */
  headers: string;
  libraries: string;
  variant: 'cpu' | 'cuda';
}

const isFile = (file: string): Promise<boolean> =>
  fs.stat(file).then(
    (status) => status.isFile(),
    () => false,
  );

/** Whether this TensorFlow was built for CUDA. Its build records that in a Python file, which is read, not run. */
async function isCudaBuild(packageFolder: string): Promise<boolean> {
  const file = path.join(packageFolder, 'python', 'platform', 'build_info.py');
  const text = await fs.readFile(file, 'utf8').catch(() => '');
  return /'is_cuda_build',\s*True/.test(text);
}

/**
 * The runtime that the addon can use from a Python's TensorFlow.
 * @param target for the names of the libraries
 * @returns the runtime, or a sentence on why it can't be used
 */
export async function environmentRuntime(
  python: Python,
  target: RuntimeTarget,
  wantsCuda: boolean,
): Promise<EnvironmentRuntime | string> {
  const { tensorflow } = python;
  if (tensorflow === undefined) return `The Python at ${python.executable} has no TensorFlow.`;
  const headers = path.join(tensorflow.folder, 'include');
  const libraries = path.join(tensorflow.folder, target.libraryFolder);
  const needed = [
    ...target.libraries.map((name) => path.join(libraries, name)),
    path.join(headers, 'tensorflow', 'c', 'c_api.h'),
  ];
  for (const file of needed) {
    if (!(await isFile(file))) return `TensorFlow ${tensorflow.version} in ${tensorflow.folder} has no ${file}.`;
  }
  const variant = (await isCudaBuild(tensorflow.folder)) ? 'cuda' : 'cpu';
  if (wantsCuda && variant === 'cpu') return `TensorFlow ${tensorflow.version} in ${tensorflow.folder} has no CUDA.`;
  return { python, tensorflow, headers, libraries, variant };
}
