/**
 * Identifies a process, distinguishing it from a later one with the same pid: its pid and start time.
 */
import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import os from 'node:os';
import { promisify } from 'node:util';
import { processExists } from '../system/process-exists.ts';

const run = promisify(execFile);

/**
 * The start time of a process as a text, equal for every reader: clock ticks since boot on Linux, the date elsewhere.
 * On Windows no start time is cheap to read; the boot time is used instead, so a pid that is reused after boot is
 * mistaken for the first process.
 * @returns undefined if there is no such process.
 */
async function startOf(pid: number): Promise<string | undefined> {
  if (!processExists(pid)) return undefined;
  if (process.platform === 'linux') {
    try {
      const stat = await fs.readFile(`/proc/${pid}/stat`, 'utf8');
      // The second field is the name in brackets and may contain anything; starttime is the 22nd field.
      return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    } catch {
      return undefined;
    }
  }
  if (process.platform === 'win32') return `boot${Math.round((Date.now() / 1000 - os.uptime()) / 60)}`;
  try {
    const { stdout } = await run('ps', ['-o', 'lstart=', '-p', String(pid)], {
      env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
    });
    return stdout.trim().replaceAll(/[^A-Za-z0-9]/g, '') || undefined;
  } catch {
    return undefined;
  }
}

/** The identity of this process, without dots: `<pid>-<start>`. */
export async function ownIdentity(): Promise<string> {
  return `${process.pid}-${(await startOf(process.pid)) ?? 'unknown'}`;
}

/** Whether the process identified by `ownIdentity` is still running. */
export async function isAlive(identity: string): Promise<boolean> {
  const [, pid, start] = /^(\d+)-(\w+)$/.exec(identity) ?? [];
  if (pid === undefined || start === undefined) return false;
  const now = await startOf(Number(pid));
  if (now === undefined) return false;
  if (process.platform !== 'win32' || !start.startsWith('boot')) return now === start;
  // Boot time is computed from two clocks, so it varies by a minute.
  return Math.abs(Number(now.slice(4)) - Number(start.slice(4))) <= 1;
}
