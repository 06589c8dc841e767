/**
 * One installation at a time. A process that wants to install writes an entry, then reads the others: if it sees
 * no other living process it holds the lock, otherwise it withdraws its entry. Of two that write at the same moment at least one
 * sees the other, so two never hold it; both may yield, hence the retries. The entry of a dead process is ignored
 * and removed by the first to find it: its name has host, pid, start and a random part and is never reused,
 * so the entry of a living process can't be removed by mistake.
 *
 * Home folders may be shared between machines. Another machine's processes can't be looked up, so a holder renews its entry;
 * one that is no longer renewed counts as dead.
 */
import { createHash, randomUUID } from 'node:crypto';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RuntimeError } from './errors.ts';
import { isAlive, ownIdentity } from './process-identity.ts';

/** Two processes that start together settle it within a few tries; the longest wait is tries × 2 × pause. */
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

/** Empty if there is no such folder. */
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

/** @param now the file system's time, milliseconds: clocks of two machines differ. */
async function lives(folder: string, entry: Entry, now: number): Promise<boolean> {
  if (entry.host === thisHost()) return isAlive(entry.identity);
  try {
    const { mtimeMs } = await fs.stat(path.join(folder, entry.name));
    return now - mtimeMs < FORGOTTEN_MS;
  } catch {
    return false; // withdrawn meanwhile
  }
}

/**
 * The living processes that hold or want the lock, as `process 12`; leaves dead entries alone. Empty if the folder
 * can't be read.
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

/** Held from `acquireLock` until `release` or the death of the process. */
export interface Lock {
  release(): Promise<void>;
}

/** Renews the entry's time by the file system's clock; never recreates it after a release. */
async function renew(file: string): Promise<void> {
  const handle = await fs.open(file, 'r+');
  try {
    await handle.write('.');
  } finally {
    await handle.close();
  }
}

function hold(file: string): Lock {
  // Renewing fails only if the folder is gone; the installation will fail by itself then.
  const renewal = setInterval(() => void renew(file).catch(() => undefined), RENEW_MS).unref();
  return {
    release: async () => {
      clearInterval(renewal);
      await fs.rm(file, { force: true });
    },
  };
}

/**
 * Takes the lock of a folder, which is created if needed.
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
        what: `Another installation of the runtime is running (${others.join(', ')}).`,
        advice: 'Wait until it has ended, then check `rectiscope runtime status`.',
      });
    }
    await sleep(PAUSE_MS * (1 + Math.random()));
  }
}
