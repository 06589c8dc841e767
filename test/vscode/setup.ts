/**
 * Brings a real VS Code (the server inside code-server, with VS Code's web workbench) from npm alone: no install script
 * runs and nothing is compiled. What the server needs in native code (node-pty, the file watcher, ripgrep) ships inside
 * npm packages. Does nothing if it is there already.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { host, root, vscode } from './paths.ts';
import { standIns, writeStandIns } from './stand-ins.ts';
import { hostProblem, printCounts } from './support.ts';

/** Imported lazily by the server, or needed on Windows or by Copilot only; several are large or would be compiled. */
const unneeded = [
  '@devcontainers/cli',
  '@github/copilot-sdk',
  '@microsoft/mxc-sdk',
  '@vscode/copilot-api',
  '@vscode/sandbox-runtime',
  '@vscode/sqlite3',
  '@vscode/windows-process-tree',
  '@vscode/windows-registry',
  'kerberos',
  'ssh2',
];

const marker = join(vscode, '.setup-done');
const ingredients = [join(host, 'package.json'), join(host, 'package-lock.json'), import.meta.filename];

function fingerprint(): string {
  const hash = createHash('sha256');
  for (const file of ingredients) hash.update(readFileSync(file));
  return hash.digest('hex');
}

function npm(folder: string, ...words: string[]): void {
  console.error(`> npm ${words.join(' ')}  (in ${relative(root, folder)})`);
  const env = { ...process.env, npm_config_loglevel: 'error', npm_config_fund: 'false', npm_config_audit: 'false' };
  execFileSync('npm', words, { cwd: folder, stdio: ['ignore', 2, 2], env });
}

function dropUnneeded(): void {
  const file = join(vscode, 'package.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as {
    dependencies: Record<string, string>;
    overrides: Record<string, unknown>;
  };
  for (const name of [...unneeded, ...standIns]) delete manifest.dependencies[name];
  delete manifest.overrides['kerberos@2.1.1'];
  delete manifest.overrides['koffi'];
  writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Install VS Code under `test/vscode/host`, or find it there. Throws if npm fails. */
export function setUpHost(): void {
  const wanted = fingerprint();
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) return;
  console.error('Fetching VS Code from npm, once (about 320 MB, a minute or less) …');
  npm(host, 'ci', '--ignore-scripts');
  dropUnneeded();
  // `npm ci` refuses here (code-server's shrinkwrap and package.json disagree); `npm install` still takes versions and
  // integrity hashes from npm-shrinkwrap.json.
  npm(vscode, 'install', '--omit=dev', '--ignore-scripts');
  writeStandIns(join(vscode, 'node_modules'));
  // Copilot's built-in extension (41 MB) is no part of a test.
  rmSync(join(vscode, 'extensions', 'copilot'), { recursive: true, force: true });
  writeFileSync(marker, wanted);
}

if (process.argv[1] === import.meta.filename) {
  const problem = hostProblem();
  if (problem === undefined) setUpHost();
  else {
    console.error(`*** NO VS CODE: ${problem}. ***`);
    printCounts({ passed: 0, failed: 0, skipped: 1 });
  }
}
