/**
 * Location of the native runtime: one folder outside the project, shared by all projects and editors of a user, because a
 * gigabyte of libraries belongs neither in a workspace nor in an extension that is replaced at every update.
 */
import os from 'node:os';
import path from 'node:path';
import { RuntimeError } from './errors.ts';

/** The inputs of the rules; parameters, so that a test can choose any platform. */
export interface LocationRules {
  env: Readonly<Record<string, string | undefined>>;
  platform: NodeJS.Platform;
  /** The user's home folder. */
  home: string;
}

const thisMachine = (): LocationRules => ({ env: process.env, platform: process.platform, home: os.homedir() });

/** The folder for data of one user on one machine, by the platform's conventions. */
function dataFolder({ env, platform, home }: LocationRules): string {
  if (platform === 'win32') {
    const local = env['LOCALAPPDATA'];
    return local !== undefined && path.win32.isAbsolute(local) ? local : path.win32.join(home, 'AppData', 'Local');
  }
  if (platform === 'darwin') return path.posix.join(home, 'Library', 'Application Support');
  // The XDG base directory specification: a relative path is invalid and to be ignored.
  const data = env['XDG_DATA_HOME'];
  return data !== undefined && path.posix.isAbsolute(data) ? data : path.posix.join(home, '.local', 'share');
}

/** The folder for data that belongs to a user and not to a project; it need not exist. */
export const userFolder = (rules: LocationRules = thisMachine()): string =>
  (rules.platform === 'win32' ? path.win32 : path.posix).join(dataFolder(rules), 'rectiscope');

/**
 * The runtime's folder; it need not exist.
 * `RECTISCOPE_RUNTIME` if set, else the platform's folder for a user's data.
 * @throws RuntimeError `bad-location` if `RECTISCOPE_RUNTIME` is relative: the server and a terminal would resolve
 * it differently.
 */
export function runtimeFolder(rules: LocationRules = thisMachine()): string {
  const paths = rules.platform === 'win32' ? path.win32 : path.posix;
  const chosen = rules.env['RECTISCOPE_RUNTIME'];
  if (chosen !== undefined && chosen !== '') {
    if (!paths.isAbsolute(chosen)) {
      throw new RuntimeError('bad-location', {
        what: `RECTISCOPE_RUNTIME is “${chosen}”, which is not an absolute path.`,
        advice: 'Set it to the full path of a folder, or unset it.',
      });
    }
    return paths.normalize(chosen);
  }
  return paths.join(userFolder(rules), 'runtime');
}

/** The parts of the runtime's folder. Nothing else in it is ours or ever touched. */
export interface RuntimeLayout {
  folder: string;
  /** Marks the folder as ours; written before anything else. Without it we must not empty the folder. */
  marker: string;
  /** Written last: if it exists, the runtime is installed and verified. */
  manifest: string;
  /** One folder per installation; only the one named in the manifest is in use. */
  versions: string;
  /** One folder per attempt; anything here while no installation runs is left over from an interrupted one. */
  staging: string;
  /** Completely downloaded wheels, kept until an installation succeeds. */
  downloads: string;
  /** Entries of the processes that are installing. */
  locks: string;
}

/** The paths of the parts of a runtime folder. */
export const layoutOf = (folder: string): RuntimeLayout => ({
  folder,
  marker: path.join(folder, 'rectiscope-runtime.txt'),
  manifest: path.join(folder, 'runtime.json'),
  versions: path.join(folder, 'versions'),
  staging: path.join(folder, 'staging'),
  downloads: path.join(folder, 'downloads'),
  locks: path.join(folder, 'locks'),
});
