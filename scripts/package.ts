/**
 * Makes `out/rectiscope.vsix`: the extension with its bundles and, for this platform only, what can't be bundled. The
 * packages with native parts go under `dist/node_modules`, where the bundles find them; vsce leaves out the project's own.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { createVSIX } from '@vscode/vsce';
import { buildBundles, EXTENSION_BUNDLES } from './build.ts';
import { thirdPartyNotices } from './notices.ts';

const root = resolve(import.meta.dirname, '..');
const target = `${process.platform}-${process.arch}`;
const natives = join(root, 'dist', 'node_modules');

/** The files of each package that are used at run time: onnxruntime's binaries of this platform, the sources of the runtime's addon. */
const letIn: Record<string, readonly string[]> = {
  'onnxruntime-node': ['package.json', 'dist', `bin/napi-v6/${process.platform}/${process.arch}`],
  'onnxruntime-common': ['package.json', 'dist/cjs'],
  '@tensorflow/tfjs-node-gpu': ['package.json', 'binding'],
  'node-api-headers': ['package.json', 'include', 'def', 'LICENSE'],
  sharp: ['package.json', 'dist', 'LICENSE'],
  '@img/colour': ['.'],
  'detect-libc': ['package.json', 'lib', 'LICENSE'],
  semver: ['.'],
  ...imageLibraries(),
};

/** sharp's parts for this platform: the addon, and libvips if that is a separate package. */
function imageLibraries(): Record<string, readonly string[]> {
  const names = readdirSync(join(root, 'node_modules', '@img')).filter((name) => name.endsWith(`-${target}`));
  return Object.fromEntries(names.map((name) => [`@img/${name}`, ['.']]));
}

function copyNatives(): void {
  rmSync(natives, { recursive: true, force: true });
  for (const [name, parts] of Object.entries(letIn)) {
    for (const part of parts) {
      const from = join(root, 'node_modules', name, part);
      if (!existsSync(from))
        throw new Error(`${name} has no ${part}: run \`npm install\`, or package on a platform that it supports.`);
      const to = join(natives, name, part);
      mkdirSync(dirname(to), { recursive: true });
      cpSync(from, to, { recursive: true, filter: (file) => !/\.(d\.[mc]?ts|map)$/.test(file) });
    }
  }
}

/** This platform's prebuilt addons, if there are any. */
function copyAddons(): void {
  const [from, to] = [join(root, 'out', 'prebuilt', target), join(root, 'dist', 'prebuilt', target)];
  if (existsSync(from)) cpSync(from, to, { recursive: true });
  else console.log('Without prebuilt addons (`npm run addons`): `runtime install` will compile them.');
}

/** The source of our own addon, beside the bundles, where `runtime install` looks for it. */
function copyAddonSource(): void {
  cpSync(join(root, 'server', 'runtime', 'addon'), join(root, 'dist', 'addon'), { recursive: true });
}

/** Build and package the extension; gives the package's path. */
export async function packageExtension(): Promise<string> {
  const bundled = await buildBundles(EXTENSION_BUNDLES);
  writeFileSync(join(root, 'dist', 'THIRD-PARTY-NOTICES.txt'), thirdPartyNotices(bundled, Object.keys(letIn)));
  const packagePath = join(root, 'out', 'rectiscope.vsix');
  mkdirSync(dirname(packagePath), { recursive: true });
  try {
    copyNatives();
    copyAddonSource();
    copyAddons();
    // The README's links lead into the repository, whose address the manifest does not have: they are not changed.
    const links = { allowMissingRepository: true, rewriteRelativeLinks: false };
    await createVSIX({ cwd: root, packagePath, dependencies: false, target, ...links });
  } finally {
    // In the source tree the bundles find the project's own packages.
    rmSync(natives, { recursive: true, force: true });
    rmSync(join(root, 'dist', 'prebuilt'), { recursive: true, force: true });
  }
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  console.log(
    `Rectiscope ${version} for ${target}: ${packagePath}, ${(statSync(packagePath).size / 1e6).toFixed(1)} MB`,
  );
  return packagePath;
}

if (process.argv[1] === import.meta.filename) await packageExtension();
