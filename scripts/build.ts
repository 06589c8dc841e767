/**
 * Bundles everything that VS Code or a packaged Rectiscope runs into `dist/`. Any error or warning fails it with exit code 1.
 * `node scripts/build.ts [NAME…]` builds only the bundles of these names.
 */
import { globSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { type BuildOptions, type BuildResult, build } from 'esbuild';
import { formatBytes } from '../server/domain/numbers/units.ts';
import { lockPart } from './lock-part.ts';

const root = resolve(import.meta.dirname, '..');

const common: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  minify: true,
  // Stack traces of a user's report keep their names.
  keepNames: true,
  legalComments: 'none',
  logLevel: 'silent',
  charset: 'utf8',
};

/** Desktop VS Code runs extensions on Node 22 or 24, depending on its Electron. */
const node: BuildOptions = { ...common, platform: 'node', target: 'node22' };

/** Found when they are needed: a native part, or C++ sources that the runtime is built from. */
const foundAtRunTime = ['onnxruntime-node', 'sharp', 'node-api-headers'];

const program = (entry: string, name: string): BuildOptions => ({
  ...node,
  entryPoints: [entry],
  outfile: `dist/${name}.mjs`,
  format: 'esm',
  external: foundAtRunTime,
  // CommonJS packages inside an ES module still `require` Node's own modules.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
});

/** A script and a stylesheet. */
const page = (entry: string, name: string): BuildOptions => ({
  ...common,
  entryPoints: { [name]: entry },
  outdir: 'dist',
  platform: 'browser',
  target: 'es2024',
  format: 'iife',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  loader: { '.svg': 'text' },
});

const bundles: Record<string, BuildOptions> = {
  extension: {
    ...node,
    entryPoints: ['extension/extension.ts'],
    outfile: 'dist/extension.cjs',
    // VS Code loads extensions with `require`.
    format: 'cjs',
    external: ['vscode'],
    banner: { js: "const __fileUrl = require('node:url').pathToFileURL(__filename).href;" },
    define: { 'import.meta.url': '__fileUrl' },
    // Else the language client's UMD build is used, whose `require` no bundler can follow.
    mainFields: ['module', 'main'],
  },
  server: program('server/supervisor/main.ts', 'server'),
  trainer: program('server/trainer/main.ts', 'trainer'),
  'step-timer': program('server/timing/step-timer.ts', 'step-timer'),
  'onnx-worker': program('server/engines/onnx/worker.ts', 'onnx-worker'),
  'data-worker': program('server/data/worker.ts', 'data-worker'),
  'data-look': program('server/data/look-process.ts', 'data-look'),
  'runtime-verify': program('server/timing/verify-runtime.ts', 'runtime-verify'),
  'worker-server': program('server/engines/tensorflow/worker-server.ts', 'worker-server'),
  language: program('server/language/main.ts', 'language'),
  cli: program('server/cli.ts', 'cli'),
  webview: page('webview/main.tsx', 'webview'),
  browser: page('webview/browser/main.ts', 'browser'),
  // Mocha is excluded: it is loaded from node_modules, and never shipped.
  suite: {
    ...node,
    minify: false,
    sourcemap: 'inline',
    entryPoints: ['test/vscode/suite/index.ts', ...globSync('test/vscode/suite/*.test.ts', { cwd: root })],
    outdir: 'out/suite',
    outExtension: { '.js': '.cjs' },
    format: 'cjs',
    external: ['vscode', 'mocha'],
    banner: { js: "const __fileUrl = require('node:url').pathToFileURL(__filename).href;" },
    define: { 'import.meta.url': '__fileUrl' },
  },
};

/** All bundles that an editor with the extension needs. */
export const EXTENSION_BUNDLES: readonly string[] = Object.keys(bundles).filter((name) => name !== 'suite');

/** The version and hashes of the onnxruntime that is fetched: every bundle that trains reads its version there, fetched or not. */
function writeOrder(): void {
  const folder = join(root, 'dist', 'onnxruntime');
  const { manifest, lock } = lockPart('onnxruntime-node');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
  writeFileSync(join(folder, 'package-lock.json'), `${JSON.stringify(lock, undefined, 2)}\n`);
}

/**
 * Build some bundles, or all, with what they read beside them; returns the bundled files, relative to the project. Prints their sizes unless `quiet`; throws an
 * Error that lists every error and warning.
 */
export async function buildBundles(
  names: readonly string[] = Object.keys(bundles),
  { quiet = false } = {},
): Promise<string[]> {
  writeOrder();
  const results = await Promise.allSettled(names.map((name) => buildOne(name, quiet)));
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [String(result.reason.message)] : []));
  if (failures.length > 0) throw new Error(failures.join('\n'));
  return results.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
}

/** Build some bundles and write nothing: their files' texts by name. Throws as `buildBundles` does. */
export async function bundleTexts(names: readonly string[]): Promise<Record<string, string>> {
  const results = await Promise.all(names.map((name) => run(name, { write: false })));
  const files = results.flatMap(({ outputFiles }) => outputFiles ?? []);
  return Object.fromEntries(files.map(({ path, text }) => [basename(path), text]));
}

async function buildOne(name: string, quiet: boolean): Promise<string[]> {
  const { metafile } = await run(name, { metafile: true });
  const files = Object.keys(metafile?.inputs ?? {});
  if (quiet) return files;
  const sizes = Object.keys(metafile?.outputs ?? {}).map(
    (file) => `${file} ${formatBytes(statSync(join(root, file)).size)}`,
  );
  console.log(sizes.join(', '));
  return files;
}

async function run(name: string, more: BuildOptions): Promise<BuildResult> {
  const options = bundles[name];
  if (!options) throw new Error(`There is no bundle “${name}”: ${Object.keys(bundles).join(', ')}.`);
  const result = await build({ ...options, ...more }).catch((error: Error) => {
    throw new Error(`${name}: ${error.message}`);
  });
  const { warnings } = result;
  if (warnings.length > 0) {
    const lines = warnings.map(({ text, location }) => `${location?.file ?? name}:${location?.line ?? 0}: ${text}`);
    throw new Error(`${name}: warnings, which count as errors:\n${lines.join('\n')}`);
  }
  return result;
}

if (process.argv[1] === import.meta.filename) {
  const names = process.argv.slice(2);
  await buildBundles(names.length > 0 ? names : undefined).catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
