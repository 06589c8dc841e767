/** Adds our own addon to a runtime installed by an earlier release: nothing is fetched, and existing files are not changed. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { renameOver } from '../system/durable-files.ts';
import type { Attempt } from './attempt.ts';
import { RuntimeError } from './errors.ts';
import { thisMachine } from './machine.ts';
import { readManifest, writeManifest } from './manifest.ts';
import { findPythons } from './python.ts';
import { SESSION_ADDON, sessionAddonFile } from './session-addon.ts';
import type { InstalledRuntime } from './status.ts';

/** A Python version with a target on every platform; only the names of the libraries matter here. */
const ANY_PYTHON = '3.11';

/** Whether a runtime has our addon, as its manifest says. */
export async function hasSessions({ folder }: InstalledRuntime): Promise<boolean> {
  const reading = await readManifest(folder);
  return reading.state === 'present' && reading.manifest.files.some(({ path: file }) => file.endsWith(SESSION_ADDON));
}

/** The headers of the TensorFlow whose libraries are in this folder: on Windows one folder deeper than elsewhere. */
export async function headersOf(libraries: string): Promise<string> {
  for (const folder of [libraries, path.dirname(libraries)]) {
    const headers = path.join(folder, 'include');
    const found = await fs.access(path.join(headers, 'tensorflow', 'c', 'c_api.h')).then(
      () => true,
      () => false,
    );
    if (found) return headers;
  }
  throw new RuntimeError('compile', {
    what: `TensorFlow’s headers are no longer beside ${libraries}.`,
    advice: 'Run `rectiscope runtime install --force` to reinstall it.',
  });
}

/**
 * Builds our addon, tests the runtime with it, moves it beside tfjs' and adds it to the manifest.
 * @throws RuntimeError; the runtime is unchanged
 */
export async function addSessions(attempt: Attempt, runtime: InstalledRuntime): Promise<void> {
  const { layout, scratch, signal, parts, report } = attempt;
  const reading = await readManifest(layout.folder);
  if (reading.state !== 'present') throw new Error('an installed runtime has no manifest');
  const target = parts.targetFor(thisMachine(ANY_PYTHON), runtime.variant === 'cuda');
  const pythons = await findPythons({ python: runtime.python, cwd: scratch, signal });
  const [python] = pythons;
  if (!python) throw new RuntimeError('no-python', { what: 'No Python was found.', advice: 'Install one.' });
  const { libraries } = runtime;
  const headers = await headersOf(libraries);
  const isOurs = runtime.source === 'pip';
  const staged = sessionAddonFile({ addon: path.join(attempt.root, 'x') });
  await fs.mkdir(attempt.root, { recursive: true });
  const request = { target, headers, libraries, out: path.join(attempt.root, 'tfjs_binding.node') };
  await parts.build(attempt, { ...request, loadFrom: isOurs ? 'beside' : 'libraries', onlySessions: true }, python);
  const place = sessionAddonFile(runtime);
  report({ phase: 'finish', message: 'Moving it into place' });
  await renameOver(staged, place);
  try {
    await attempt.verify(runtime, signal);
  } catch (error) {
    await fs.rm(place);
    throw error;
  }
  const { size } = await fs.stat(place);
  const { format: _, ...manifest } = reading.manifest;
  const files = [...manifest.files, { path: path.relative(layout.folder, place), bytes: size }];
  await writeManifest(layout.folder, { ...manifest, files, bytes: manifest.bytes + size });
}
