/**
 * Other people's readers of what we write, in Python. Where there is no Python with their packages, says so loudly, and the
 * test is counted as skipped. `RECTISCOPE_TEST_PYTHON` names a Python that has them:
 * `pip install numpy safetensors onnx onnxruntime tensorboard pandas tensorflow`.
 */
import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const CANDIDATES = [process.env['RECTISCOPE_TEST_PYTHON'], 'python3', 'python'];
const MOST_OUTPUT = 64 * 2 ** 20;

export interface Python {
  /** For a test's options: why it is skipped; false where it can run. */
  readonly skip: string | false;
  /** Run a program of `test/export/python` and read the JSON that it prints. */
  run(program: string, ...parameters: string[]): Promise<unknown>;
}

/** A Python that can import all of some modules. */
export function pythonWith(...modules: string[]): Python {
  const code = `import importlib.util, sys; sys.exit(any(importlib.util.find_spec(m) is None for m in ${JSON.stringify(modules)}))`;
  const program = CANDIDATES.find(
    (candidate) => candidate && spawnSync(candidate, ['-c', code], { stdio: 'ignore' }).status === 0,
  );
  const skip = `NOT TESTED: no Python with ${modules.join(', ')}; RECTISCOPE_TEST_PYTHON may name one.`;
  if (program === undefined) console.error(`\n*** ${skip} ***\n`);
  return {
    skip: program === undefined && skip,
    async run(file, ...parameters) {
      const path = fileURLToPath(new URL(`../export/python/${file}.py`, import.meta.url));
      const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3', PYTHONDONTWRITEBYTECODE: '1', CUDA_VISIBLE_DEVICES: '' };
      const options = { maxBuffer: MOST_OUTPUT, env };
      const { stdout } = await promisify(execFile)(program ?? '', [path, ...parameters], options);
      return JSON.parse(stdout);
    },
  };
}
