/** A real VS Code server on a free loopback port with data of its own, and the page that shows its workbench. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, createWriteStream, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fixture, root, vscode } from './paths.ts';

const serverMain = join(vscode, 'out', 'server-main.js');

/** Settings that leave the room to the extension; read on the server, unlike those of vscode.dev. */
const quietSettings = {
  'telemetry.telemetryLevel': 'off',
  'workbench.startupEditor': 'none',
  'workbench.welcomePage.walkthroughs.openOnInstall': false,
  'workbench.tips.enabled': false,
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'update.mode': 'none',
  'update.showReleaseNotes': false,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'chat.disableAIFeatures': true,
  'git.enabled': false,
  'npm.autoDetect': 'off',
  'files.simpleDialog.enable': true,
  // As on the desktop; in a browser the default is to save after a second.
  'files.autoSave': 'off',
};

/** Folders of one VS Code. */
export interface Profile {
  readonly folder: string;
  readonly data: string;
  readonly extensions: string;
  readonly workspace: string;
}

/** Make the folders of a profile, with user settings if there are none yet. */
export function makeProfile(folder: string, settings: Readonly<Record<string, unknown>> = {}): Profile {
  const data = join(folder, 'data');
  const profile = { folder, data, extensions: join(folder, 'extensions'), workspace: join(folder, 'workspace') };
  for (const one of [join(data, 'Machine'), join(data, 'User'), profile.extensions, profile.workspace]) {
    mkdirSync(one, { recursive: true });
  }
  const file = join(data, 'User', 'settings.json');
  if (!existsSync(file)) writeFileSync(file, JSON.stringify({ ...quietSettings, ...settings }, null, 2));
  return profile;
}

/** A profile that is thrown away, with a copy of the fixture as its workspace. */
export function temporaryProfile(settings: Readonly<Record<string, unknown>> = {}): Profile {
  const trusted = { 'security.workspace.trust.enabled': false };
  const profile = makeProfile(mkdtempSync(join(tmpdir(), 'rectiscope-vscode-')), { ...trusted, ...settings });
  cpSync(fixture, profile.workspace, { recursive: true });
  return profile;
}

/** Remove a temporary profile; `KEEP=1` keeps it, with its logs. */
export function removeProfile({ folder }: Profile): void {
  if (process.env['KEEP']) console.log(`kept: ${folder}`);
  else rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

const dataArguments = ({ data, extensions }: Profile): string[] => [
  ...['--server-data-dir', data, '--user-data-dir', data, '--extensions-dir', extensions],
  ...['--accept-server-license-terms', '--disable-telemetry', '--disable-experiments'],
];

/** Install a package into a profile. */
export function installPackage(profile: Profile, file: string): string {
  const words = [serverMain, ...dataArguments(profile), '--install-extension', file, '--force'];
  return execFileSync(process.execPath, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

export interface HostOptions {
  env?: Record<string, string>;
  /** Of this machine; 0 or left out: a free one. */
  port?: number;
  /** Further arguments of VS Code's server. */
  arguments?: readonly string[];
}

export interface Host {
  readonly port: number;
  readonly origin: string;
  /** Rejects if VS Code's server ends by itself. */
  stop(): Promise<void>;
}

/** For tests: no token, everything trusted. */
export const TEST_ARGUMENTS = ['--without-connection-token', '--disable-workspace-trust'];

/**
 * For a suite inside the extension host: without it `extensionDevelopmentPath` and `extensionTestsPath` are ignored
 * silently; with it no notification pops up.
 */
export const SUITE_ARGUMENTS = [...TEST_ARGUMENTS, '--enable-smoke-test-driver'];

/** Start VS Code's server on a free port of this machine; rejects with its output where it does not come up. */
export async function startHost(profile: Profile, options: HostOptions = {}): Promise<Host> {
  const words = [
    serverMain,
    ...dataArguments(profile),
    '--host',
    '127.0.0.1',
    '--port',
    String(options.port ?? 0),
    ...(options.arguments ?? TEST_ARGUMENTS),
  ];
  // A process group of its own: an extension host can outlive its server by some 20 s, so the whole group is ended.
  const child = spawn(process.execPath, words, {
    cwd: profile.folder,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const endGroup = (): void => signalGroup(child, 'SIGKILL');
  process.once('exit', endGroup);
  const port = await portOf(child, join(profile.folder, 'server.log'));
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      const impatient = setTimeout(endGroup, 5000);
      await gone;
      clearTimeout(impatient);
    }
    endGroup();
    process.off('exit', endGroup);
  };
  return { port, origin: `http://127.0.0.1:${port}`, stop };
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function portOf(child: ChildProcess, logFile: string): Promise<number> {
  const log = createWriteStream(logFile);
  return new Promise((resolve, reject) => {
    let output = '';
    const read = (text: Buffer): void => {
      log.write(text);
      if (output.length < 100_000) output += text;
      const found = /Extension host agent listening on (\d+)/.exec(output);
      if (found) resolve(Number(found[1]));
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`VS Code’s server ended with ${code}:\n${output}`)));
    setTimeout(() => reject(new Error(`VS Code’s server did not start:\n${output}`)), 30_000).unref();
  });
}

/** VS Code's browser tests hand everything over in the address. */
export type Payload = readonly (readonly [name: string, value: string])[];

/** Address of the workbench with a folder open. */
export function workbenchAddress(host: Host, folder: string, payload: Payload = []): string {
  const address = new URL(host.origin);
  address.searchParams.set('folder', folder);
  address.searchParams.set(
    'payload',
    JSON.stringify([['skipWelcome', 'true'], ['skipReleaseNotes', 'true'], ...payload]),
  );
  return address.href;
}

/** A file of this machine as the workbench names it: the authority is what stands in the address bar. */
const remoteUri = ({ port }: Host, path: string): string => `vscode-remote://127.0.0.1:${port}${path}`;

/** Load the extension from the source tree's `dist`. */
export const developmentPayload = (host: Host): Payload => [['extensionDevelopmentPath', remoteUri(host, root)]];

/** Run a bundled mocha suite in the extension host. */
export const suitePayload = (host: Host, suite: string): Payload => [
  ...developmentPayload(host),
  ['extensionTestsPath', remoteUri(host, suite)],
];
