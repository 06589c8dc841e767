/** The packages with native parts that an extension for a platform carries, and what of them. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { lockPart } from './lock-part.ts';

const packages = resolve(import.meta.dirname, '..', 'node_modules');

/** What a package is made for, as VS Code names it; `universal`: for any other platform, without native parts. */
export const TARGETS = [
  'linux-x64',
  'linux-arm64',
  'darwin-arm64',
  'darwin-x64',
  'win32-x64',
  'win32-arm64',
  'universal',
] as const;
export type Target = (typeof TARGETS)[number];

/** A package, where it lies, and which of its files and folders are used at run time. */
export interface Carried {
  readonly name: string;
  readonly folder: string;
  readonly parts: readonly string[];
}

/** Names of all packages that some target carries, those of sharp's for this platform: for their licences. */
export const NATIVES: readonly string[] = [
  'node-api-headers',
  'onnxruntime-node',
  'onnxruntime-common',
  'sharp',
  'detect-libc',
  'semver',
  ...readdirSync(join(packages, '@img')).map((name) => `@img/${name}`),
];

/** onnxruntime with the library of one platform, of all that come by npm; nothing where there is none for it. */
function onnxruntime(platform: string, arch: string): Carried[] {
  const binaries = `bin/napi-v6/${platform}/${arch}`;
  const folder = join(packages, 'onnxruntime-node');
  if (!existsSync(join(folder, binaries))) return [];
  return [
    { name: 'onnxruntime-node', folder, parts: ['package.json', 'dist', binaries] },
    { name: 'onnxruntime-common', folder: join(packages, 'onnxruntime-common'), parts: ['package.json', 'dist/cjs'] },
  ];
}

/** sharp and what it needs, from a folder of packages. */
function sharp(from: string, target: Target): Carried[] {
  const parts: Readonly<Record<string, readonly string[]>> = {
    sharp: ['package.json', 'dist', 'LICENSE'],
    '@img/colour': ['.'],
    'detect-libc': ['package.json', 'lib', 'LICENSE'],
    semver: ['.'],
  };
  // The addon, and libvips where that is a package of its own.
  const own = readdirSync(join(from, '@img')).filter((name) => name.endsWith(`-${target}`));
  if (own.length === 0) throw new Error(`sharp has no library for ${target} in ${from}.`);
  const all = { ...parts, ...Object.fromEntries(own.map((name) => [`@img/${name}`, ['.']])) };
  return Object.entries(all).map(([name, parts]) => ({ name, folder: join(from, name), parts }));
}

/** sharp as npm installs it on another platform, in a folder that is not kept. */
function fetchSharp(platform: string, arch: string): string {
  const scratch = mkdtempSync(join(tmpdir(), 'rectiscope-package-'));
  const { manifest, lock } = lockPart('sharp');
  writeFileSync(join(scratch, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(scratch, 'package-lock.json'), JSON.stringify(lock));
  const where = [`--os=${platform}`, `--cpu=${arch}`, ...(platform === 'linux' ? ['--libc=glibc'] : [])];
  const words = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', ...where];
  // Windows has a batch file for npm, which only a shell starts.
  execFileSync('npm', words, { cwd: scratch, stdio: 'inherit', shell: process.platform === 'win32' });
  return scratch;
}

/** What an extension for a platform carries; `discard` removes what was fetched for it. */
export function nativesFor(target: Target): { carried: readonly Carried[]; discard: () => void } {
  const headers = {
    name: 'node-api-headers',
    folder: join(packages, 'node-api-headers'),
    parts: ['package.json', 'include', 'def', 'LICENSE'],
  };
  if (target === 'universal') return { carried: [headers], discard: () => undefined };
  const [platform = '', arch = ''] = target.split('-');
  const isOwn = platform === process.platform && arch === process.arch;
  const scratch = isOwn ? undefined : fetchSharp(platform, arch);
  const from = scratch === undefined ? packages : join(scratch, 'node_modules');
  return {
    carried: [headers, ...onnxruntime(platform, arch), ...sharp(from, target)],
    discard: () => {
      if (scratch !== undefined) rmSync(scratch, { recursive: true, force: true });
    },
  };
}
