/** Tests a runtime before anything relies on it. */
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { runChild } from './child.ts';
import { lastLines, RuntimeError } from './errors.ts';
import { runtimeEnvironment } from './load.ts';
import type { RuntimePaths } from './status.ts';

/** Tests a runtime; throws if it must not be used. The trainer has one that takes a training step. */
export type VerifyRuntime = (paths: RuntimePaths, signal?: AbortSignal) => Promise<void>;

/** In the source tree Node runs the `.ts`; in the packaged extension the bundles are side by side. */
const childFile = (here: string): string =>
  path.join(path.dirname(here), here.endsWith('.ts') ? 'verify-child.ts' : 'runtime-verify.mjs');

/**
 * A check that runs a program in a separate process: `node <file> <RuntimePaths as JSON>`, which exits with 0 if all is
 * well and otherwise prints the reason on standard error. Fails with a RuntimeError `verify`.
 */
export const verifyBy =
  (file: string): VerifyRuntime =>
  async (paths, signal) => {
    const { code, output } = await runChild(process.execPath, [file, JSON.stringify(paths)], {
      cwd: os.tmpdir(),
      env: { ...runtimeEnvironment(paths), ELECTRON_RUN_AS_NODE: '1' },
      signal,
    });
    if (code === 0) return;
    throw new RuntimeError('verify', {
      what:
        code === null
          ? 'The runtime crashed the process that tested it: its library does not fit this machine.'
          : 'The runtime was built, but does not work.',
      advice: 'The onnx backend works without it; the runtime’s output is below.',
      detail: lastLines(output),
    });
  };

/** The minimum that must work: load the addon and multiply two matrices. */
export const verifyByProduct: VerifyRuntime = (paths, signal) =>
  verifyBy(childFile(fileURLToPath(import.meta.url)))(paths, signal);
