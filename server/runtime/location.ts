/**
 * Where the native runtime lies: one folder outside the project, shared by every project and editor of a user, because a
 * gigabyte of libraries belongs neither into a workspace nor into an extension that is replaced at every update.
 */
import os from 'node:os';
import path from 'node:path';
import { RuntimeError } from './errors.ts';

/** What the rules look at; handed in, so that a test can ask for any platform. */
export interface LocationRules {
  env: Readonly<Record<string, string | undefined>>;
  platform: NodeJS.Platform;
  /** The user's home folder. */
  home: string;
}

const thisMachine = (): LocationRules => ({ env: process.env, platform: process.platform, home: os.homedir() });

/** The folder that a platform's conventions give to data which belongs to one user and one machine. */
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

/** The folder of what belongs to a user and not to a project; it need not exist. */
export const userFolder = (rules: LocationRules = thisMachine()): string =>
  (rules.platform === 'win32' ? path.win32 : path.posix).join(dataFolder(rules), 'rectiscope');

/**
 * The runtime's folder; it need not exist.
 * `RECTISCOPE_RUNTIME` decides, else the platform's place for a user's data.
 * @throws RuntimeError `bad-location` if `RECTISCOPE_RUNTIME` is relative: the server and a terminal would disagree
 * about what it means.
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

/** The parts of the runtime's folder. Nothing else in it is ours, and nothing else is ever touched. */
export interface RuntimeLayout {
  folder: string;
  /** Says whose folder this is; written before anything else. Without it the folder is not ours to empty. */
  marker: string;
  /** Written last: its presence means installed and verified. */
  manifest: string;
  /** One folder an installation; only the one that the manifest names is in use. */
  versions: string;
  /** One folder an attempt; whatever lies here while no install runs was left by an interrupted one. */
  staging: string;
  /** Completely downloaded wheels, kept until an installation has succeeded. */
  downloads: string;
  /** Who is installing at the moment. */
  locks: string;
}

/** Names the parts of a runtime folder. */
export const layoutOf = (folder: string): RuntimeLayout => ({
  folder,
  marker: path.join(folder, 'rectiscope-runtime.txt'),
  manifest: path.join(folder, 'runtime.json'),
  versions: path.join(folder, 'versions'),
  staging: path.join(folder, 'staging'),
  downloads: path.join(folder, 'downloads'),
  locks: path.join(folder, 'locks'),
});
