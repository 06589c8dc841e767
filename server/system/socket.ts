/**
 * Where the server of a store listens, known to both ends: a Unix socket in a folder that only the user may enter. Portable programs must
 * not rely on the mode of a socket, unix(7): the folder's 0700 is the guard, the socket's 0600 a second one. On Windows a named pipe, which
 * `pipe-note.ts` explains.
 */
import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, writeFileSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { folderIdentity } from './folder-identity.ts';
import { makeFolder } from './make-folder.ts';
import { newPipe, notedPipe, notePipe, notesFolder } from './pipe-note.ts';
import { readRegularFile } from './regular-file.ts';

/** The longest path of a socket in bytes: Linux takes 107, macOS 103. */
const LONGEST_PATH = 99;

/** What the path of a socket depends on; tests pass their own. */
export interface SocketPlace {
  platform: NodeJS.Platform;
  runtimeFolder: string | undefined;
  temporaryFolder: string;
  user: string;
  /** Windows: where the names of pipes are noted. */
  notes: string;
}

function thisPlace(): SocketPlace {
  const { XDG_RUNTIME_DIR: runtimeFolder } = process.env;
  const user = String(process.getuid?.() ?? userInfo().username);
  return { platform: process.platform, runtimeFolder, temporaryFolder: tmpdir(), user, notes: notesFolder() };
}

/**
 * Path of a socket for a server of a store to listen at; on Windows a new name each time. `home` is the store's real path; its hash
 * keeps the path short however deep the store is. Uses the first folder that exists and gives a path under 100 bytes.
 */
export function socketPath(home: string, place: SocketPlace = thisPlace()): string {
  const name = createHash('sha256').update(`${place.user}\n${home}`).digest('hex').slice(0, 16);
  if (place.platform === 'win32') return newPipe();
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

/**
 * Note in the store's folder where its server listens, for clients with another XDG_RUNTIME_DIR or TMPDIR; and which folder that is, since
 * the note goes along where a store is copied.
 */
export function rememberSocket(home: string, socket: string, place: SocketPlace = thisPlace()): void {
  writeFileSync(pointerFile(home), `${JSON.stringify({ socket, pid: process.pid, folder: folderIdentity(home) })}\n`);
  if (place.platform === 'win32') notePipe(home, socket, place.notes);
}

/**
 * Where the server of a store may listen, likeliest first. The note in the store is only believed where it was written in this very folder
 * and points into a private folder of this user: a store may have been copied or downloaded. Who connects makes sure all the same that
 * the server there serves this store (client/connect.ts).
 */
export function knownSockets(home: string, place: SocketPlace = thisPlace()): string[] {
  if (place.platform === 'win32') return notedPipe(home, place.notes) ?? [];
  const usual = socketPath(home, place);
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

/** A note is some hundred bytes; a path may have 4,096. */
const LARGEST_NOTE = 16 * 1024;

/** The note that lies in a store; nothing where none does, or a damaged one. */
function readNote(home: string): { socket?: unknown; folder?: unknown } {
  try {
    const note: unknown = JSON.parse(readRegularFile(pointerFile(home), { largest: LARGEST_NOTE }).toString('utf8'));
    return typeof note === 'object' && note !== null ? note : {};
  } catch {
    // None yet, or of no use: the usual place is as good.
    return {};
  }
}

/**
 * Whether a store is the copy of another one: its last server, if it had any, ran in another folder. What the store says of processes is
 * then said of those of the original.
 */
export function isCopiedStore(home: string): boolean {
  const { folder } = readNote(home);
  return folder !== undefined && folder !== folderIdentity(home);
}

function notedSocket(home: string): string | undefined {
  const { socket } = readNote(home);
  if (typeof socket !== 'string' || process.platform === 'win32' || isCopiedStore(home)) return undefined;
  try {
    const folder = dirname(socket);
    return folderProblem(folder) === undefined && (lstatSync(folder).mode & 0o077) === 0 ? socket : undefined;
  } catch {
    // The socket's folder is gone.
    return undefined;
  }
}

function isFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
