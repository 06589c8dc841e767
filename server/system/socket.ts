/**
 * Where the server of a store listens, computed by both ends: a Unix socket in a folder that only the user may enter (a
 * named pipe on Windows). Portable programs must not rely on the mode of a socket, unix(7): the folder's 0700 is the
 * protection, the socket's 0600 a second one.
 */
import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, readFileSync, writeFileSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { makeFolder } from './make-folder.ts';

/** The longest path of a socket in bytes: Linux takes 107, macOS 103. */
const LONGEST_PATH = 99;

/** What the path of a socket depends on; tests pass their own. */
export interface SocketPlace {
  platform: NodeJS.Platform;
  runtimeFolder: string | undefined;
  temporaryFolder: string;
  user: string;
}

function thisPlace(): SocketPlace {
  const { XDG_RUNTIME_DIR: runtimeFolder } = process.env;
  const user = String(process.getuid?.() ?? userInfo().username);
  return { platform: process.platform, runtimeFolder, temporaryFolder: tmpdir(), user };
}

/**
 * Path of the socket for a store. `home` is the store's real path; its hash keeps the path short however deep the store
 * is. Uses the first folder that exists and gives a path under 100 bytes.
 */
export function socketPath(home: string, place: SocketPlace = thisPlace()): string {
  const name = createHash('sha256').update(`${place.user}\n${home}`).digest('hex').slice(0, 16);
  if (place.platform === 'win32') return `\\\\.\\pipe\\rectiscope-${name}`;
  const folders = [
    ...(place.runtimeFolder && isFolder(place.runtimeFolder) ? [join(place.runtimeFolder, 'rectiscope')] : []),
    join(place.temporaryFolder, `rectiscope-${place.user}`),
    join('/tmp', `rectiscope-${place.user}`),
  ];
  const paths = folders.map((folder) => join(folder, `${name}.sock`));
  const fitting = paths.find((path) => Buffer.byteLength(path) <= LONGEST_PATH);
  if (fitting === undefined)
    throw new Error(`There is no folder for the server's socket: ${paths.join(', ')} are too long.`);
  return fitting;
}

/** Makes the socket's folder, or makes sure that an existing one is private to this user. Throws with advice. */
export function makePrivateFolder(folder: string): void {
  makeFolder(folder, 0o700);
  const problem = folderProblem(folder);
  if (problem) throw new Error(`${folder} ${problem}. Remove it, or set XDG_RUNTIME_DIR to a folder that you own.`);
  // Ours, but made under another umask or by hand.
  if ((lstatSync(folder).mode & 0o077) !== 0) chmodSync(folder, 0o700);
}

/** Why an existing folder is not safe for a socket, as the end of a sentence; undefined if it is. Links are not followed: /tmp belongs to everyone. */
export function folderProblem(folder: string): string | undefined {
  const status = lstatSync(folder);
  if (status.isSymbolicLink()) return 'is a symbolic link';
  if (!status.isDirectory()) return 'is not a folder';
  const user = process.getuid?.();
  if (user !== undefined && status.uid !== user) return `belongs to user ${status.uid}`;
  return undefined;
}

const pointerFile = (home: string): string => join(home, 'server.json');

/** Records in the store's folder where its server listens, for clients with another XDG_RUNTIME_DIR or TMPDIR. */
export const rememberSocket = (home: string, socket: string): void =>
  writeFileSync(pointerFile(home), `${JSON.stringify({ socket, pid: process.pid })}\n`);

/**
 * Where the server of a store may listen, most likely first. The record in the store is trusted only if it points into
 * a private folder of this user: a store may have been copied or downloaded.
 */
export function knownSockets(home: string): string[] {
  const usual = socketPath(home);
  const noted = notedSocket(home);
  return noted === undefined || noted === usual ? [usual] : [noted, usual];
}

/** Connects to a path; undefined if no process listens. */
export const connectTo = (path: string): Promise<Socket | undefined> =>
  new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
    socket.once('error', () => resolve(undefined));
  });

/** Whether a server of this store listens. */
export async function isAnswering(home: string): Promise<boolean> {
  for (const path of knownSockets(home)) {
    const socket = await connectTo(path);
    socket?.destroy();
    if (socket) return true;
  }
  return false;
}

function notedSocket(home: string): string | undefined {
  try {
    const { socket } = JSON.parse(readFileSync(pointerFile(home), 'utf8')) as { socket?: unknown };
    if (typeof socket !== 'string' || process.platform === 'win32') return undefined;
    const folder = dirname(socket);
    return folderProblem(folder) === undefined && (lstatSync(folder).mode & 0o077) === 0 ? socket : undefined;
  } catch {
    // No record, a damaged one, or its folder is gone: the usual path will do.
    return undefined;
  }
}

function isFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
