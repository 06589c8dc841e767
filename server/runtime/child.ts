/**
 * Runs a program and reads its output line by line. Stopping a program also stops its children: it
 * runs in a separate process group, so pip's and the compiler's helpers don't stay behind.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { interrupted } from './errors.ts';

export interface ChildOptions {
  cwd: string;
  /** Added to this process's environment; undefined removes a variable. */
  env?: Record<string, string | undefined>;
  signal?: AbortSignal | undefined;
  onLine?: (line: string) => void;
}

export interface ChildResult {
  /** Exit status; null if a signal ended it. */
  code: number | null;
  /** Standard output, and both streams interleaved, each limited to its last 256 kB. */
  stdout: string;
  output: string;
}

const KEPT = 256 * 1024;
/** Time that a program has to exit by itself after a request to stop, milliseconds. */
const GRACE_MS = 3000;

const keep = (text: string, line: string): string => `${text}${line}\n`.slice(-KEPT);

/** Ends a program and everything that it started. */
function endTree(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (child.pid === undefined || child.exitCode !== null) return;
  if (process.platform === 'win32') {
    spawn('taskkill', ['/pid', String(child.pid), '/T', '/F'], { stdio: 'ignore', windowsHide: true }).on('error', () =>
      child.kill(),
    );
    return;
  }
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/**
 * Runs a program to its end.
 * @throws the system's error (`ENOENT`, …) if it can't be started; RuntimeError `interrupted` if `signal` fired.
 */
export async function runChild(command: string, args: readonly string[], options: ChildOptions): Promise<ChildResult> {
  const { cwd, env, signal, onLine } = options;
  if (signal?.aborted === true) throw interrupted();
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  const result: ChildResult = { code: null, stdout: '', output: '' };
  const read = (stream: Readable, isStdout: boolean): Promise<void> =>
    new Promise((resolve) => {
      createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })
        .on('line', (line) => {
          result.output = keep(result.output, line);
          if (isStdout) result.stdout = keep(result.stdout, line);
          onLine?.(line);
        })
        .on('close', resolve);
    });
  const streams = [read(child.stdout, true), read(child.stderr, false)];
  let killTimer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    endTree(child, 'SIGTERM');
    killTimer = setTimeout(() => endTree(child, 'SIGKILL'), GRACE_MS);
  };
  signal?.addEventListener('abort', stop, { once: true });
  try {
    result.code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', (code) => resolve(code));
    });
    await Promise.all(streams);
  } finally {
    clearTimeout(killTimer);
    signal?.removeEventListener('abort', stop);
  }
  // Checked again because the signal may have fired meanwhile.
  if (options.signal?.aborted) throw interrupted();
  return result;
}
