/**
 * `npm run addons [-- PLATFORM…]`: builds the native addons for every platform that TensorFlow has libraries for, into
 * `out/prebuilt`, with zig, which cross-compiles for all of them. With them `rectiscope runtime install` needs no
 * compiler, and the packaged extension carries its platform's. Needs an installed runtime for TensorFlow's headers. TensorFlow's
 * libraries of the other platforms are not fetched: an addon is linked against empty libraries of the same names.
 */
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { formatBytes } from '../server/domain/numbers/units.ts';
import { buildAddon, runCompiler } from '../server/runtime/addon-build.ts';
import { type AddonSource, addonSource, sessionSource } from '../server/runtime/addon-source.ts';
import type { Compiler } from '../server/runtime/compiler.ts';
import { fetchZig } from '../server/runtime/fetch-zig.ts';
import { thisMachine } from '../server/runtime/machine.ts';
import { type AboutPrebuilt, PREBUILT, prebuiltFolder, sourceKey } from '../server/runtime/prebuilt.ts';
import { findPythons, packageClient } from '../server/runtime/python.ts';
import { headersOf } from '../server/runtime/session-step.ts';
import { requireInstalled, runtimeStatus } from '../server/runtime/status.ts';
import { type Machine, type RuntimeTarget, targetFor } from '../server/runtime/target.ts';
import { binaryKind } from './binary-kind.ts';

/** The oldest systems that TensorFlow's libraries run on; the Python version affects none of the names. */
const MACHINES: readonly Machine[] = [
  { platform: 'linux', arch: 'x64', glibc: '2.27', pythonVersion: '3.11' },
  { platform: 'linux', arch: 'arm64', glibc: '2.27', pythonVersion: '3.11' },
  { platform: 'darwin', arch: 'arm64', pythonVersion: '3.11' },
  { platform: 'win32', arch: 'x64', pythonVersion: '3.11' },
];

async function zigIn(scratch: string): Promise<Compiler> {
  const python = await packageClient(
    await findPythons({ python: undefined, cwd: scratch }),
    path.join(scratch, 'venv'),
  );
  const { zig } = targetFor(thisMachine(python.version), false);
  return fetchZig(zig, { python, downloads: path.join(scratch, 'downloads'), staging: scratch });
}

/** Stub libraries with TensorFlow's names and functions: the real ones are found when an addon is loaded. */
async function emptyLibraries(
  target: RuntimeTarget,
  names: readonly string[],
  { zig, folder, scratch }: { zig: Compiler; folder: string; scratch: string },
): Promise<void> {
  // Windows links against lists of names, which `buildAddon` makes.
  if (target.platform.startsWith('win32')) return;
  const isMac = target.platform.startsWith('darwin');
  const [program = ''] = zig.command;
  for (const [i, library] of target.libraries.entries()) {
    const source = path.join(folder, `empty-${i}.c`);
    await fs.writeFile(source, (i === 0 ? names : ['nothing']).map((name) => `void ${name}(void) {}\n`).join(''));
    const own = isMac ? `-Wl,-install_name,@rpath/${library}` : `-Wl,-soname,${library}`;
    const made = ['-shared', '-fPIC', '-w', own, '-o', path.join(folder, library), source];
    await runCompiler([program, 'cc', '-target', target.zigTriple, ...made], { scratch });
  }
}

async function buildFor(
  machine: Machine,
  sources: { tfjs: AddonSource; sessions: AddonSource },
  { zig, headers, scratch }: { zig: Compiler; headers: string; scratch: string },
): Promise<void> {
  const target = targetFor(machine, false);
  const folder = path.join(scratch, target.platform);
  await fs.mkdir(folder, { recursive: true });
  const names = [...new Set([...sources.tfjs.tensorflowNames, ...sources.sessions.tensorflowNames])];
  await emptyLibraries(target, names, { zig, folder, scratch });
  const staged = path.join(folder, 'addons');
  await fs.mkdir(staged, { recursive: true });
  for (const which of ['tfjs', 'sessions'] as const) {
    const out = path.join(staged, PREBUILT[which]);
    const request = { source: sources[which], target, headers, libraries: folder, out, loadFrom: 'beside' } as const;
    await buildAddon(request, zig, { scratch });
    const kind = binaryKind(await fs.readFile(out));
    if (kind !== target.platform) throw new Error(`${out} is for ${kind}, not for ${target.platform}`);
    const { size } = await fs.stat(out);
    console.log(`${target.platform}: ${PREBUILT[which]}, ${formatBytes(size)}`);
  }
  const about: AboutPrebuilt = {
    compiler: zig.description,
    sources: await sourceKey([sources.tfjs, sources.sessions]),
  };
  await fs.writeFile(path.join(staged, PREBUILT.about), `${JSON.stringify(about)}\n`);
  const place = prebuiltFolder(target.platform);
  await fs.rm(place, { recursive: true, force: true });
  // Not the whole folder: beside a DLL zig's linker leaves its import library and debug symbols.
  for (const name of Object.values(PREBUILT)) await fs.cp(path.join(staged, name), path.join(place, name));
}

const wanted = process.argv.slice(2);
const machines = MACHINES.filter(({ platform, arch }) => wanted.length === 0 || wanted.includes(`${platform}-${arch}`));
if (machines.length < Math.max(1, wanted.length))
  throw new Error(`Platforms are ${MACHINES.map(({ platform, arch }) => `${platform}-${arch}`).join(', ')}.`);
const status = requireInstalled(await runtimeStatus());
const scratch = await fs.mkdtemp(path.join(os.tmpdir(), 'rectiscope-addons-'));
try {
  const zig = await zigIn(scratch);
  const sources = { tfjs: await addonSource(), sessions: await sessionSource() };
  const headers = await headersOf(status.libraries);
  for (const machine of machines) await buildFor(machine, sources, { zig, headers, scratch });
} finally {
  await fs.rm(scratch, { recursive: true, force: true });
}
