/**
 * `npm run editor [-- --port N]`: a real VS Code in the browser, from npm, with this extension and the examples. For a
 * machine without VS Code, and for work on the extension: it is built from the source first. Ends with Ctrl-C;
 * runs continue, and are shown again the next time.
 */
import { randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { makeProfile, type Profile, startHost } from '../test/vscode/host.ts';
import { setUpHost } from '../test/vscode/setup.ts';
import { hostProblem } from '../test/vscode/support.ts';
import { buildBundles, EXTENSION_BUNDLES } from './build.ts';

const root = resolve(import.meta.dirname, '..');
const { values } = parseArgs({ options: { port: { type: 'string', default: '0' } } });
if (!/^\d{1,5}$/.test(values.port))
  fail('usage: npm run editor [-- --port N]     N: a port of this machine, 0 to 65535');

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}

/** The examples, copied so that they can be changed freely; earlier changes are kept. */
function fillWorkspace({ workspace }: Profile): void {
  cpSync(join(root, 'examples'), join(workspace, 'examples'), { recursive: true, force: false });
  const welcome = join(workspace, 'README.md');
  const about = readFileSync(join(root, 'examples', 'README.md'), 'utf8');
  const first = [
    '# Rectiscope in VS Code',
    '',
    'Press F1 and choose **Rectiscope: Train the Example Pair**: the panel opens beside the files and draws every step of both.',
    'Or open a run file in `examples/` and choose **Train** above its first line.',
    '',
  ];
  writeFileSync(welcome, `${first.join('\n')}\n${about.replace('# Examples', '## The examples')}`);
}

/** The extension where VS Code finds installed ones: a separate folder, here a link to the source tree. */
function installSource({ extensions }: Profile): void {
  const { publisher, name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<
    string,
    string
  >;
  rmSync(extensions, { recursive: true, force: true });
  mkdirSync(extensions);
  symlinkSync(root, join(extensions, `${publisher}.${name}-${version}`), 'dir');
}

const problem = hostProblem();
if (problem) fail(`${problem}. Install VS Code, then the package that \`npm run package\` makes.`);
setUpHost();
console.log('Building the extension …');
await buildBundles(EXTENSION_BUNDLES, { quiet: true });
const profile = makeProfile(join(root, 'out', 'editor'), {
  'security.workspace.trust.enabled': false,
  'workbench.startupEditor': 'readme',
});
fillWorkspace(profile);
installSource(profile);

const token = randomBytes(16).toString('hex');
console.log('Starting VS Code …');
const host = await startHost(profile, {
  port: Number(values.port),
  arguments: ['--connection-token', token],
  // The same store as the command line's, so that the runs of `npm start` are there, too.
  env: { RECTISCOPE_HOME: process.env['RECTISCOPE_HOME'] ?? join(root, '.rectiscope') },
});
const address = new URL(host.origin);
address.searchParams.set('tkn', token);
address.searchParams.set('folder', profile.workspace);
console.log(`
VS Code is served to this machine only:

  ${address.href}

Open it in a browser, press F1 and choose “Rectiscope: Train the Example Pair”. Ctrl-C here ends it.`);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    console.log('\nEnding VS Code …');
    host.stop().then(
      () => process.exit(0),
      (error: Error) => fail(error.message),
    );
  });
}
