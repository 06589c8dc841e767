/**
 * Is that process still there? A number alone does not tell, since numbers are used again: a process is known by its
 * number and its birth.
 */
import { type ExecFileSyncOptionsWithStringEncoding, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process of this machine, told apart from a later one with the same number. */
export interface KnownProcess {
  pid: number;
  birth: string;
}

const quietly: ExecFileSyncOptionsWithStringEncoding = {
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'ignore'],
  windowsHide: true,
};

/**
 * When a process was born, as a text to compare; undefined where there is no such process or the system does not tell.
 * Linux: boot and clock ticks since then, proc(5). Elsewhere the start time that `ps` or PowerShell prints.
 */
export function processBirth(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') {
      const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
      return `${boot} ${linuxStatus(pid)[19]}`;
    }
    const output =
      process.platform === 'win32'
        ? execFileSync(
            'powershell.exe',
            ['-NoProfile', '-Command', `(Get-Process -Id ${pid}).StartTime.Ticks`],
            quietly,
          )
        : execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], quietly);
    return output.trim() || undefined;
  } catch {
    // Gone; the system says so in many ways.
    return undefined;
  }
}

/** Whether a process is stopped (SIGSTOP, Ctrl-Z, a debugger). False where the system does not tell. */
export function isStopped(pid: number): boolean {
  if (process.platform !== 'linux') return false;
  try {
    return /^[Tt]$/.test(linuxStatus(pid)[0] ?? '');
  } catch {
    return false;
  }
}

/** Fields of /proc/PID/stat from the third on: state, parent, … the 20th of them is the birth in clock ticks. */
function linuxStatus(pid: number): string[] {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is the program's name in brackets, which may hold spaces and brackets.
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

/** Whether exactly this process lives; a zombie does not. */
export function isAlive({ pid, birth }: KnownProcess): boolean {
  const found = processBirth(pid);
  if (found === undefined || found !== birth) return false;
  return process.platform !== 'linux' || !/^[ZX]$/.test(linuxState(pid));
}

function linuxState(pid: number): string {
  try {
    return linuxStatus(pid)[0] ?? 'X';
  } catch {
    return 'X';
  }
}

const PAUSE_MS = 50;

/**
 * Wait until a process that lost its server has ended, and end it where it does not by itself: whatever it still computes
 * can't be recorded, and it must not write checkpoints beside its successor. Throws if it can't be ended.
 */
export async function outlast(known: KnownProcess, graceMs: number): Promise<void> {
  for (let waited = 0; waited < graceMs; waited += PAUSE_MS) {
    if (!isAlive(known)) return;
    await sleep(PAUSE_MS);
  }
  if (!isAlive(known)) return;
  process.kill(known.pid, 'SIGKILL');
  for (let waited = 0; waited < 5000; waited += PAUSE_MS) {
    if (!isAlive(known)) return;
    await sleep(PAUSE_MS);
  }
  throw new Error(`The trainer of an earlier server (process ${known.pid}) can't be stopped. Stop it manually.`);
}
