/**
 * Where the other processes of the product start, and with which environment: the one file that spawns any of them.
 * From the source tree Node runs `server/<folder>/main.ts`; in the packaged extension everything is bundled, side by
 * side, in `dist/`.
 */
import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export type ProcessName =
  | 'server'
  | 'trainer'
  | 'step-timer'
  | 'language'
  | 'cli'
  | 'onnx-worker'
  | 'data-worker'
  | 'runtime-verify'
  | 'lent';
