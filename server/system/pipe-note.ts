/**
 * Named pipes of Windows have no folder that guards them: any user may list their names and make one of a name that is free, and Node
 * neither sets nor reads a pipe's owner. So a server takes a random name each time, which is noted where only its user may read and
 * write; and the note is believed only while the process that wrote it lives and belongs to this user: the name of a server that ended
 * is of no use to anyone.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

interface PipeNote {
  readonly pipe: string;
  readonly pid: number;
}

/** A name that nobody can guess. */
export const newPipe = (): string => `\\\\.\\pipe\\rectiscope-${randomBytes(16).toString('hex')}`;

/** The user's own folder of notes; Windows lets nobody else into what is above it. */
export const notesFolder = (): string =>
  join(process.env['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local'), 'rectiscope', 'pipes');

const noteFile = (home: string, folder: string): string =>
  join(folder, `${createHash('sha256').update(home).digest('hex').slice(0, 16)}.json`);

/** Note where this process listens for a store. */
export function notePipe(home: string, pipe: string, folder: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(noteFile(home, folder), `${JSON.stringify({ pipe, pid: process.pid } satisfies PipeNote)}\n`);
}

/** The pipe of the server of a store, as a list of one; undefined where none was noted, or by a process that is not this user's any more. */
export function notedPipe(home: string, folder: string): string[] | undefined {
  try {
    const { pipe, pid } = JSON.parse(readFileSync(noteFile(home, folder), 'utf8')) as Partial<PipeNote>;
    if (typeof pipe !== 'string' || typeof pid !== 'number') return undefined;
    // Throws for a process that is gone, and for another user's.
    process.kill(pid, 0);
    return [pipe];
  } catch {
    // Whatever is wrong with the note, no server can be found by it: one is started.
    return undefined;
  }
}
