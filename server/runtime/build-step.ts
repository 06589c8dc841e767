/**
 * The prebuilt addons; else built with the machine's compiler, else with zig from its wheel, so that users need no
 * compiler.
 */
import fs from 'node:fs/promises';
import path from 'node:path';
import { type BuildRequest, buildAddon } from './addon-build.ts';
import { addonSource, sessionSource } from './addon-source.ts';
import { type AddonRequest, type Attempt, type Built, byteReporter } from './attempt.ts';
import { type Compiler, machineCompilers } from './compiler.ts';
import { RuntimeError } from './errors.ts';
import { fetchZig } from './fetch-zig.ts';
import { findPrebuilt, PREBUILT } from './prebuilt.ts';
import { type Python, withPip } from './python.ts';
import { sessionAddonFile } from './session-addon.ts';

/** The expected time: zig compiles its C++ library first, and on Windows all of the system's import libraries. */
const zigTime = (platform: string): string =>
  platform.startsWith('win32') ? 'five to ten minutes' : 'a minute or two';

/** zig in this attempt's staging folder, removed with it. */
async function zigFor(attempt: Attempt, { target: { zig } }: BuildRequest, python: Python): Promise<Compiler> {
  const { staging, layout, signal } = attempt;
  const client = await withPip(python, path.join(staging, 'venv'), signal);
  const fetching = `Fetching a C++ compiler (${zig.requirement}), 85 to 105 MB`;
  attempt.report({ phase: 'fetch', message: fetching });
  return fetchZig(zig, {
    python: client,
    downloads: layout.downloads,
    staging,
    signal,
    onFetch: byteReporter(attempt, 'fetch', fetching),
    onUnpack: byteReporter(attempt, 'unpack', 'Unpacking the compiler'),
  });
}

/** The addons prebuilt from the same sources, copied into place; undefined if there are none. */
async function takePrebuilt(attempt: Attempt, full: BuildRequest, ours: BuildRequest): Promise<Built | undefined> {
  const prebuilt = await findPrebuilt(full.target.platform, [full.source, ours.source]);
  if (!prebuilt) return undefined;
  const { folder, compiler } = prebuilt;
  attempt.report({ phase: 'compile', message: `Using the prebuilt addons (${compiler})` });
  await fs.copyFile(path.join(folder, PREBUILT.tfjs), full.out);
  await fs.copyFile(path.join(folder, PREBUILT.sessions), ours.out);
  const addonSource = full.source.version;
  return { compiler: `${compiler}, prebuilt`, addonSource, sessionAddon: ours.out, prebuilt: true };
}

/**
 * Builds the addons with the best compiler available: tfjs', and ours beside it.
 * @param python fetches zig, if needed
 * @throws RuntimeError `compile` with every compiler's output, or why zig could not be fetched
 */
export async function buildWithSomeCompiler(
  attempt: Attempt,
  { onlySessions = false, ignorePrebuilt = false, ...request }: AddonRequest,
  python: Python,
): Promise<Built> {
  const { scratch, signal, compiler: choice } = attempt;
  const full = { ...request, source: await addonSource() };
  const sessionAddon = sessionAddonFile({ addon: request.out });
  const ours = { ...request, source: await sessionSource(), out: sessionAddon };
  // Addons that look for the libraries elsewhere than beside them have to be linked here.
  const takesPrebuilt = choice === 'auto' && !ignorePrebuilt && !onlySessions && request.loadFrom === 'beside';
  const prebuilt = takesPrebuilt ? await takePrebuilt(attempt, full, ours) : undefined;
  if (prebuilt) return prebuilt;
  await fs.mkdir(scratch, { recursive: true });
  const build = async (compiler: Compiler, time: string): Promise<Built> => {
    attempt.report({ phase: 'compile', message: `Building the addons with ${compiler.description} (${time})` });
    for (const one of onlySessions ? [ours] : [full, ours]) await buildAddon(one, compiler, { scratch, signal });
    return { compiler: compiler.description, addonSource: full.source.version, sessionAddon };
  };
  const failures: RuntimeError[] = [];
  for (const compiler of choice === 'zig' ? [] : await machineCompilers(scratch, signal)) {
    try {
      return await build(compiler, 'about 20 s');
    } catch (error) {
      if (!(error instanceof RuntimeError) || error.code !== 'compile') throw error;
      failures.push(error);
      attempt.report({ phase: 'compile', message: `${compiler.description} could not build it` });
    }
  }
  const detail = failures.map((failure) => failure.detail ?? '').join('\n');
  if (choice === 'machine') {
    throw new RuntimeError('compile', {
      what:
        failures.length === 0
          ? 'This machine has no C++ compiler.'
          : 'The addon could not be compiled with the machine’s compiler.',
      advice: 'Leave out --compiler to have one fetched.',
      detail,
    });
  }
  try {
    return await build(await zigFor(attempt, full, python), zigTime(request.target.platform));
  } catch (error) {
    if (!(error instanceof RuntimeError) || failures.length === 0 || error.code === 'interrupted') throw error;
    throw new RuntimeError('compile', {
      what: `The addon could not be compiled with the machine’s compiler, and the fallback failed, too: ${error.message}`,
      advice: 'Install g++ or clang++ and run it again.',
      detail: `${detail}\n${error.detail ?? ''}`,
      cause: error,
    });
  }
}
