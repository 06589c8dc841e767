/** A runtime from a Python environment with TensorFlow: only the addon is built, into our folder. */
import fs from 'node:fs/promises';
import path from 'node:path';
import type { Attempt, Prepared } from './attempt.ts';
import { type EnvironmentRuntime, environmentRuntime } from './environment.ts';
import { RuntimeError } from './errors.ts';
import { thisMachine } from './machine.ts';
import type { Python } from './python.ts';
import type { RuntimeTarget } from './target.ts';

/** A Python version with a target on every platform; only the names of the libraries matter here. */
const ANY_PYTHON = '3.11';

async function prepareOne(attempt: Attempt, target: RuntimeTarget, found: EnvironmentRuntime): Promise<Prepared> {
  const { root, signal } = attempt;
  const { python, tensorflow, libraries, headers, variant } = found;
  const { version } = tensorflow;
  attempt.report({ phase: 'python', message: `Using TensorFlow ${version} of ${python.executable}` });
  await fs.mkdir(root, { recursive: true });
  const addon = path.join(root, 'tfjs_binding.node');
  const request = { target, headers, libraries, out: addon, loadFrom: 'libraries' } as const;
  const built = await attempt.parts.build(attempt, request, python);
  const searchPath = process.platform === 'win32' ? python.libraryFolders : [];
  attempt.report({ phase: 'verify', message: `Testing TensorFlow ${version}` });
  await attempt.verify({ addon, libraries, searchPath, version, variant }, signal);
  return {
    source: 'environment',
    package: tensorflow.package,
    version,
    variant,
    addon,
    libraries,
    searchPath,
    files: [
      addon,
      ...(built.sessionAddon ? [built.sessionAddon] : []),
      ...target.libraries.map((library) => path.join(libraries, library)),
    ],
    python: python.executable,
    ...built,
  };
}

/**
 * Prepares a runtime from the first environment whose TensorFlow works.
 * @returns the runtime, or for each environment with TensorFlow a sentence on why it was not used
 * @throws RuntimeError `interrupted`, `disk`, `unsupported`
 */
export async function prepareFromEnvironment(
  attempt: Attempt,
  pythons: readonly Python[],
): Promise<Prepared | { reasons: string[] }> {
  const target = attempt.parts.targetFor(thisMachine(ANY_PYTHON), attempt.cuda);
  const reasons: string[] = [];
  for (const python of pythons.filter(({ tensorflow }) => tensorflow !== undefined)) {
    const found = await environmentRuntime(python, target, attempt.cuda);
    if (typeof found === 'string') {
      reasons.push(found);
      continue;
    }
    try {
      return await prepareOne(attempt, target, found);
    } catch (error) {
      const hopeless = !(error instanceof RuntimeError) || error.code === 'interrupted' || error.code === 'disk';
      if (hopeless) throw error;
      reasons.push([error.message, error.detail ?? ''].join('\n').trim());
      await fs.rm(attempt.root, { recursive: true, force: true });
    }
  }
  return { reasons };
}
