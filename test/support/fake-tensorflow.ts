/**
 * A tiny wheel in TensorFlow's shape, and an installation of it: all steps are the real ones, pip's included, but the
 * libraries are a few bytes, so the addon is not compiled but written.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { InstallParts } from '../../server/runtime/attempt.ts';
import { thisPlatform } from '../../server/runtime/machine.ts';
import { sessionAddonFile } from '../../server/runtime/session-addon.ts';
import type { RuntimeTarget } from '../../server/runtime/target.ts';

const PACKAGE = 'rectiscope-fake-tensorflow';
export const FAKE_VERSION = '2.21.0';
export const LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];

/** Why tests that need Python with pip can't run here; false where they can. */
export const noPip: string | false =
  spawnSync('python3', ['-m', 'pip', '--version'], { stdio: 'ignore' }).status === 0
    ? false
    : 'SKIPPED: there is no python3 with pip on this machine';

/** Write an archive with exactly these entries; whatever names and modes a test wants, evil ones included. */
export function writeArchive(
  file: string,
  entries: readonly { name: string; text?: string; zeros?: number; mode?: number }[],
): void {
  mkdirSync(dirname(file), { recursive: true });
  const program = `
import json, sys, warnings, zipfile
warnings.simplefilter('ignore')
with zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED) as archive:
    for entry in json.load(sys.stdin):
        info = zipfile.ZipInfo(entry['name'])
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = entry.get('mode', 0o100644) << 16
        archive.writestr(info, bytes(entry['zeros']) if 'zeros' in entry else entry.get('text', ''))
`;
  execFileSync('python3', ['-c', program, file], { input: JSON.stringify(entries) });
}

/** A wheel with two libraries, a header, licences and an unneeded file. Returns its SHA-256. */
export function writeFakeWheel(folder: string): string {
  const name = PACKAGE.replaceAll('-', '_');
  const file = join(folder, `${name}-${FAKE_VERSION}-py3-none-any.whl`);
  const information = `${name}-${FAKE_VERSION}.dist-info`;
  writeArchive(file, [
    ...LIBRARIES.map((library) => ({ name: `tensorflow/${library}`, text: `library ${library}\n`, mode: 0o100755 })),
    { name: 'tensorflow/include/tensorflow/c/c_api.h', text: '// header\n' },
    { name: 'tensorflow/THIRD_PARTY_NOTICES.txt', text: 'notices\n' },
    { name: 'tensorflow/python/huge.py', text: 'not needed\n' },
    { name: `${information}/METADATA`, text: `Metadata-Version: 2.1\nName: ${PACKAGE}\nVersion: ${FAKE_VERSION}\n` },
    { name: `${information}/WHEEL`, text: 'Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n' },
    { name: `${information}/RECORD`, text: '' },
  ]);
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

/** Environment that makes pip look nowhere but into `folder`. */
export const onlyFrom = (folder: string): Record<string, string> => ({
  PIP_NO_INDEX: '1',
  PIP_FIND_LINKS: folder,
  PIP_CONFIG_FILE: '/dev/null',
});

export const fakeTarget = (sha256: readonly string[]): RuntimeTarget => ({
  platform: thisPlatform(),
  variant: 'cpu',
  wheel: { requirement: `${PACKAGE}==${FAKE_VERSION}`, sha256, pythonVersion: '3.11', platforms: ['any'] },
  zig: { requirement: 'ziglang==0', sha256: [], pythonVersion: '3.11', platforms: ['any'] },
  zigTriple: '',
  libraryFolder: '',
  libraries: LIBRARIES,
  bytesNeeded: 1e6,
});

/** What the addon of a fake installation holds: whole or not at all. */
export const ADDON_TEXT = 'addon '.repeat(2000);

/** @param pause time that building takes, milliseconds, so that it can be interrupted */
export const fakeParts = (target: RuntimeTarget, pause = 0): InstallParts => ({
  targetFor: () => target,
  build: async ({ report }, { out, onlySessions = false }) => {
    report({ phase: 'compile', message: 'Writing an addon' });
    await mkdir(dirname(out), { recursive: true });
    const sessionAddon = sessionAddonFile({ addon: out });
    await writeFile(sessionAddon, 'sessions');
    if (onlySessions) return { compiler: 'none', addonSource: '0', sessionAddon };
    await writeFile(out, ADDON_TEXT.slice(0, 100));
    await sleep(pause);
    await writeFile(out, ADDON_TEXT);
    return { compiler: 'none', addonSource: '0', sessionAddon };
  },
});

/** A folder that, in PYTHONPATH, makes every Python have this TensorFlow; complete, or without its libraries. */
export function writeFakeEnvironment(folder: string, options: { complete: boolean; cuda?: boolean }): void {
  const write = (name: string, text: string): void => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  };
  // Importing it would be a fault: it takes seconds and runs its code.
  write('tensorflow/__init__.py', 'raise SystemExit("TensorFlow was imported")\n');
  write(
    `tensorflow-${FAKE_VERSION}.dist-info/METADATA`,
    `Metadata-Version: 2.1\nName: tensorflow\nVersion: ${FAKE_VERSION}\n`,
  );
  write('tensorflow/python/platform/build_info.py', `x = [('is_cuda_build', ${options.cuda ? 'True' : 'False'})]\n`);
  write('tensorflow/include/tensorflow/c/c_api.h', '// header\n');
  if (options.complete) for (const library of LIBRARIES) write(`tensorflow/${library}`, `library ${library}\n`);
}
