/**
 * The last address and token of a store's panel, readable by its owner only, so that an open page reconnects
 * when the command is restarted. The port is reused whenever it is free, and with it the page's storage in the browser; the
 * token only for some minutes after the command has ended, too short for another program to pose as the panel.
 */
import { randomBytes } from 'node:crypto';
import { lstatSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../system/clock.ts';
import { durableFiles } from '../system/durable-files.ts';
import { folderIdentity } from '../system/folder-identity.ts';
import { readRegularFile } from '../system/regular-file.ts';

export interface PanelAddress {
  readonly port: number;
  readonly token: string;
}

interface Remembered {
  /** The port of the last panel. */
  readonly port: number;
  /** Absent if it is too old. */
  readonly token?: string;
}

/** It is some hundred bytes. */
const LARGEST_NOTE = 16 * 1024;

const fileOf = (home: string): string => join(home, 'panel.json');

/** How long a token stays valid after its command, and how often a running command renews it; milliseconds. */
const TOKEN_LASTS_MS = 10 * 60_000;
export const SIGN_OF_LIFE_MS = 60_000;

/** 192 bits; digits and letters a to f, so that a terminal recognises the whole address as a link. */
export const newToken = (): string => randomBytes(24).toString('hex');

/** The stored address; undefined if there is none, or if another user could have written it. */
export function rememberedAddress(home: string): Remembered | undefined {
  try {
    const status = lstatSync(fileOf(home));
    const user = process.getuid?.();
    // A store may have been copied or downloaded.
    const isOwn = user === undefined || (status.uid === user && (status.mode & 0o077) === 0);
    if (!status.isFile() || !isOwn) return undefined;
    const text = readRegularFile(fileOf(home), { largest: LARGEST_NOTE }).toString('utf8');
    const { port, token, folder } = JSON.parse(text) as Partial<Record<string, unknown>>;
    // That of a copy is the original's: a page of that one must not find this one there.
    if (folder !== undefined && folder !== folderIdentity(home)) return undefined;
    if (typeof port !== 'number' || !Number.isInteger(port) || port < 1 || port > 65_535) return undefined;
    const age = systemClock.wall() - status.mtimeMs;
    const isFresh = age >= 0 && age < TOKEN_LASTS_MS && typeof token === 'string' && token.length >= 32;
    return { port, ...(isFresh && { token: token as string }) };
  } catch {
    // None yet, or damaged: a new one will do.
    return undefined;
  }
}

/** Stores an address, readable by its owner only. */
export const rememberAddress = (home: string, address: PanelAddress): Promise<void> =>
  durableFiles.writeWhole(fileOf(home), [
    Buffer.from(`${JSON.stringify({ ...address, folder: folderIdentity(home) })}\n`),
  ]);

/** Renews the token of a running command: its last minutes have not begun. */
export function signOfLife(home: string): void {
  const now = new Date(systemClock.wall());
  try {
    utimesSync(fileOf(home), now, now);
  } catch {
    // The store was removed or is no longer accessible: this panel continues, the next one has another address.
  }
}
