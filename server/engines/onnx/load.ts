/** Makes sure that onnxruntime is there and can be used by this process, before anything else of this folder is loaded. */

import { RunFailure } from '../../run-file/run-failure.ts';
import { RuntimeError } from '../../runtime/errors.ts';
import { provideOnnxruntime } from '../../runtime/fetch-onnxruntime.ts';

let ready: Promise<void> | undefined;

/**
 * Fetch onnxruntime where it is not on this machine yet (`report` says so), load it and try it out.
 * Throws a RunFailure that says what to do where this machine or this Node can't train on it.
 */
export function loadOnnxruntime(report: (message: string) => void): Promise<void> {
  ready ??= load(report);
  return ready;
}

async function load(report: (message: string) => void): Promise<void> {
  try {
    await provideOnnxruntime(report);
  } catch (error) {
    throw error instanceof RuntimeError ? new RunFailure(error.message) : error;
  }
  const { requireSharedMemory } = await import('./shared-memory.ts').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ERR_DLOPEN_FAILED') throw error;
    throw new RunFailure(
      `onnxruntime can't be loaded on this machine (${error.message.split('\n')[0]}). Install what it misses, or train with \`--backend tensorflow\` after \`rectiscope runtime install\`.`,
    );
  });
  await requireSharedMemory();
}
