/**
 * One installation at a time. Everyone who wants to install writes down who he is, then looks who else has: whoever sees
 * no other living process has the lock, anyone else takes his entry back. Of two who write at the same moment at least one
 * sees the other, so two never hold it; both may yield, hence the retries. An entry of a dead process counts for
 * nothing and is removed by whoever finds it: its name holds host, pid, start and a random part and is never used again,
 * so nobody can remove the entry of a living process by mistake.
 *
 * Home folders are shared between machines. Another machine's processes can't be looked up, so a holder renews his entry;
 * one that is not renewed any more is dead.
 *
 * By hand, with `process-identity.ts`: `proper-lockfile` knows its holder by a time stamp only, and gives the lock of a process that was
 * paused for ten seconds to the next one. Here a process of this machine holds it for as long as it lives.
 */
import { createHash, randomUUID } from 'node:crypto';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RuntimeError } from './errors.ts';
import { isAlive, ownIdentity } from './process-identity.ts';

/** Two who start together settle it within a few tries; the longest wait is tries × 2 × pause. */
const TRIES = 8;
const PAUSE_MS = 120;
const RENEW_MS = 10_000;
const FORGOTTEN_MS = 60_000;

const thisHost = (): string => createHash('sha256').update(os.hostname()).digest('hex').slice(0, 12);

/** `<host>.<pid>-<start>.<random>` */
interface Entry {
  name: string;
  host: string;
  identity: string;
}

/** None where there is no such folder. */
async function entries(folder: string): Promise<Entry[]> {
  try {
    const names = await fs.readdir(folder);
    return names.map((name) => {
      const [host = '', identity = ''] = name.split('.');
      return { name, host, identity };
    });
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}

/** @param now the file system's idea of the time, milliseconds: clocks of two machines differ. */
async function lives(folder: string, entry: Entry, now: number): Promise<boolean> {
  if (entry.host === thisHost()) return isAlive(entry.identity);
  try {
    const { mtimeMs } = await fs.stat(path.join(folder, entry.name));
    return now - mtimeMs < FORGOTTEN_MS;
  } catch {
    return false; // taken back meanwhile
  }
}

/**
 * The living processes that hold the lock or reach for it, as `process 12`; leaves dead entries alone. Whoever may not
 * look into the folder sees none.
 */
export async function lockHolders(folder: string, now = Date.now()): Promise<string[]> {
  try {
    return await livingEntries(folder, '', now);
  } catch (error) {
    if (['EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}

async function livingEntries(folder: string, except: string, now: number): Promise<string[]> {
  const holders: string[] = [];
  for (const entry of await entries(folder)) {
    if (entry.name === except || !(await lives(folder, entry, now))) continue;
    const where = entry.host === thisHost() ? '' : ' on another machine';
    holders.push(`process ${Number.parseInt(entry.identity, 10)}${where}`);
  }
  return holders;
}

async function removeDead(folder: string, now: number): Promise<void> {
  for (const entry of await entries(folder)) {
    if (!(await lives(folder, entry, now))) await fs.rm(path.join(folder, entry.name), { force: true });
  }
}

/** Held from `acquireLock` until `release`; a process that dies holds nothing. */
export interface Lock {
  release(): Promise<void>;
}

/** Renews the entry's time by the file system's clock; never creates it anew after a release. */
async function renew(file: string): Promise<void> {
  const handle = await fs.open(file, 'r+');
  try {
    await handle.write('.');
  } finally {
    await handle.close();
  }
}

function hold(file: string): Lock {
  // A failure to renew can only mean that the folder is gone; the installation will find that out by itself.
  const renewal = setInterval(() => void renew(file).catch(() => undefined), RENEW_MS).unref();
  return {
    release: async () => {
      clearInterval(renewal);
      await fs.rm(file, { force: true });
    },
  };
}

/**
 * Take the lock of a folder, which is created where needed.
 * @throws RuntimeError `busy` if another living process has it.
 */
export async function acquireLock(folder: string): Promise<Lock> {
  const identity = await ownIdentity();
  for (let attempt = 1; ; attempt++) {
    await fs.mkdir(folder, { recursive: true });
    const name = `${thisHost()}.${identity}.${randomUUID()}`;
    const file = path.join(folder, name);
    await fs.writeFile(file, '', { flag: 'wx' });
    const { mtimeMs: now } = await fs.stat(file);
    await removeDead(folder, now);
    const others = await livingEntries(folder, name, now);
    if (others.length === 0) return hold(file);
    await fs.rm(file, { force: true });
    if (attempt === TRIES) {
      throw new RuntimeError('busy', {
        what: `Another installation of the runtime is under way (${others.join(', ')}).`,
        advice: 'Wait until it has ended, then look at `rectiscope runtime status`.',
      });
    }
    await sleep(PAUSE_MS * (1 + Math.random()));
  }
}
