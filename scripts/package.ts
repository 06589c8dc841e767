/**
 * Makes the extension's package: `dist/` and, for one platform, what can't be bundled.
 *
 * usage: npm run package [-- --target PLATFORM]…     for this platform into `out/rectiscope.vsix`, for others into
 * `out/rectiscope-PLATFORM.vsix`, from any machine; `universal` has no native part: it checks run files anywhere.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createVSIX } from '@vscode/vsce';
import { formatBytes } from '../server/domain/numbers/units.ts';
import { makeDist } from './dist.ts';
import { type Carried, NATIVES, nativesFor, TARGETS, type Target } from './natives.ts';

const root = resolve(import.meta.dirname, '..');
const own = `${process.platform}-${process.arch}`;

/** What is packaged beside package.json. */
const PARTS = ['dist', 'data', 'examples', 'media', 'package.nls.json', 'README.md', 'CHANGELOG.md', 'LICENSE'];

/** What can't be bundled lies where the bundles find it; vsce leaves out a `node_modules` at the top. */
function copyNatives(carried: readonly Carried[], dist: string): void {
  for (const { name, folder, parts } of carried) {
    for (const part of parts) {
      const from = join(folder, part);
      if (!existsSync(from)) throw new Error(`${name} has no ${part}: run \`npm install\`.`);
      const to = join(dist, 'node_modules', name, part);
      mkdirSync(dirname(to), { recursive: true });
      cpSync(from, to, { recursive: true, filter: (file) => !/\.(d\.[mc]?ts|map)$/.test(file) });
    }
  }
}

/** The platform's prebuilt addons, if there are any. */
function copyAddons(target: Target, dist: string): void {
  const from = join(root, 'out', 'prebuilt', target);
  if (existsSync(from)) cpSync(from, join(dist, 'prebuilt', target), { recursive: true });
  else if (target !== 'universal')
    console.log(`${target}: without prebuilt addons (\`npm run addons\`), \`runtime install\` will compile them.`);
}

/** The project's package.json without what is for npm: vsce takes a list of files for its own. */
function manifest(): { version: string } {
  const { files: _, ...rest } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    version: string;
    files: unknown;
  };
  return rest;
}

/** Package what is in `dist/` for one platform; gives the package's path. */
async function packageFor(target: Target): Promise<string> {
  const packagePath = join(root, 'out', target === own ? 'rectiscope.vsix' : `rectiscope-${target}.vsix`);
  const staging = join(root, 'out', `extension-${target}`);
  rmSync(staging, { recursive: true, force: true });
  const { carried, discard } = nativesFor(target);
  try {
    for (const part of PARTS) cpSync(join(root, part), join(staging, part), { recursive: true });
    writeFileSync(join(staging, 'package.json'), JSON.stringify(manifest(), undefined, 2));
    // All that is there is meant to be in it; without this file vsce warns.
    writeFileSync(join(staging, '.vscodeignore'), '');
    copyNatives(carried, join(staging, 'dist'));
    copyAddons(target, join(staging, 'dist'));
    await createVSIX({ cwd: staging, packagePath, dependencies: false, ...(target !== 'universal' && { target }) });
  } finally {
    discard();
    rmSync(staging, { recursive: true, force: true });
  }
  console.log(
    `Rectiscope ${manifest().version} for ${target}: ${packagePath}, ${formatBytes(statSync(packagePath).size)}`,
  );
  return packagePath;
}

/** Build the extension and package it for this platform; gives the package's path. */
export async function packageExtension(): Promise<string> {
  await makeDist(NATIVES);
  return packageFor(own as Target);
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({ options: { target: { type: 'string', multiple: true, default: [own] } } });
  const targets = TARGETS.filter((target) => values.target.includes(target));
  if (targets.length < new Set(values.target).size) {
    console.error(`usage: npm run package [-- --target PLATFORM]…     PLATFORM: ${TARGETS.join(', ')}`);
    process.exit(2);
  }
  await makeDist(NATIVES);
  for (const target of targets) await packageFor(target);
}
