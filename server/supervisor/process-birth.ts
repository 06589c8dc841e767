/**
 * Is that process still there? A number alone does not say, since numbers are used again: a process is known by its number and its
 * birth. Linux answers from /proc at once; elsewhere a program has to be asked, which nothing waits for on the only thread.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { processExists } from '../system/process-exists.ts';

/** A process of this machine, told apart from a later one with the same number. */
export interface KnownProcess {
  pid: number;
  /** As `processBirth` gave it; empty where the system did not say. */
  birth: string;
}

const run = promisify(execFile);

/** What is asked on systems without /proc, and what an answer looks like; the same in every time zone and language. */
const ASKED: Partial<Record<NodeJS.Platform, (pid: number) => { program: string; words: string[]; answer: RegExp }>> = {
  win32: (pid) => ({
    program: 'powershell.exe',
    words: ['-NoProfile', '-NonInteractive', '-Command', `(Get-Process -Id ${pid}).StartTime.ToUniversalTime().Ticks`],
    answer: /^\d+$/,
  }),
};
const askPs = (pid: number) => ({ program: 'ps', words: ['-o', 'lstart=', '-p', String(pid)], answer: /\d:\d/ });

/**
 * When a process was born, as a text to compare; undefined where there is no such process or the system does not say.
 * Linux: boot and clock ticks since then, proc(5). Elsewhere the start time that `ps` or PowerShell prints.
 */
export async function processBirth(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') return linuxBirth(pid);
  const { program, words, answer } = (ASKED[process.platform] ?? askPs)(pid);
  try {
    const { stdout } = await run(program, words, {
      env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
      windowsHide: true,
    });
    const text = stdout.trim();
    return answer.test(text) ? text : undefined;
  } catch {
    // Gone; the system says so in many ways.
    return undefined;
  }
}

function linuxBirth(pid: number): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${linuxStatus(pid)[19]}`;
  } catch {
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

/** Whether this process may live, without asking a program: exact on Linux, where a zombie does not; elsewhere by its number alone. */
export function mayLive({ pid, birth }: KnownProcess): boolean {
  if (process.platform !== 'linux') return processExists(pid);
  return birth !== '' && linuxBirth(pid) === birth && !/^[ZX]$/.test(linuxState(pid));
}

/** Whether exactly this process lives. Where one of its number does and no birth is known of either, it counts as living. */
export async function isAlive(known: KnownProcess): Promise<boolean> {
  if (!mayLive(known)) return false;
  const found = await processBirth(known.pid);
  // Asked again: it may have gone meanwhile, which would explain why nothing is known of it.
  if (found === undefined || known.birth === '') return mayLive(known);
  return found === known.birth;
}

function linuxState(pid: number): string {
  try {
    return linuxStatus(pid)[0] ?? 'X';
  } catch {
    return 'X';
  }
}

const PAUSE_MS = 50;

/** Whether a process that lived a moment ago ends within a time: while its number is in use without a gap, it is the same one. */
async function ends(known: KnownProcess, milliseconds: number): Promise<boolean> {
  for (let waited = 0; waited < milliseconds; waited += PAUSE_MS) {
    if (!mayLive(known)) return true;
    await sleep(PAUSE_MS);
  }
  return !mayLive(known);
}

/**
 * Wait until a process that lost its server has ended, and end it where it does not by itself: whatever it still computes
 * can't be recorded, and it must not write checkpoints beside its successor. Throws if it can't be ended, or where it can't be known
 * whether the process of this number is the one that is meant.
 */
export async function outlast(known: KnownProcess, graceMs: number): Promise<void> {
  if (await ends(known, graceMs)) return;
  if (known.birth !== '' && (await processBirth(known.pid)) === known.birth) {
    process.kill(known.pid, 'SIGKILL');
    if (await ends(known, 5000)) return;
  } else if (!(await isAlive(known))) return;
  throw new Error(
    `The trainer of an earlier server (process ${known.pid}) can't be stopped. Stop it manually, and resume the run.`,
  );
}
