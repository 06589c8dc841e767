/** How the user of this process calls the command line, for every message that names a command. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface CommandPlace {
  readonly platform: NodeJS.Platform;
  /** Folders in which a shell looks for programs. */
  readonly path: readonly string[];
}

/** Folders of npm's on the path of whatever npx or `npm run` starts: the user's own shell does not have them. */
const OF_NPM = /[\\/]node_modules[\\/]\.bin[\\/]?$/;

/** `rectiscope` where a shell of the user finds it (installed globally, or linked); else npx finds it from the folder of the project. */
export function commandName({ platform, path }: CommandPlace): 'rectiscope' | 'npx rectiscope' {
  const file = platform === 'win32' ? 'rectiscope.cmd' : 'rectiscope';
  const found = path.some((folder) => folder !== '' && !OF_NPM.test(folder) && isProgram(join(folder, file)));
  return found ? 'rectiscope' : 'npx rectiscope';
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    // Absent, or not to be started by this user: a shell passes over it, too.
    return false;
  }
}

let known: string | undefined;

/** The name in this process. */
export function typedCommand(): string {
  known ??= commandName({ platform: process.platform, path: (process.env['PATH'] ?? '').split(delimiter) });
  return known;
}

/** A text in which commands stand in backticks, `rectiscope runs`, with them as this user types them. */
export const asTyped = (text: string): string => text.replaceAll(/(?<=`)rectiscope(?= [a-z])/g, () => typedCommand());
