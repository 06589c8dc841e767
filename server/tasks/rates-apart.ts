/**
 * A learning-rate range test in a separate process, by the command `rectiscope lr --json`: it takes long, and may load a native library
 * that writes to standard output.
 */
import { text } from 'node:stream/consumers';
import type { FileEdit } from '../protocol/events.ts';
import type { Scalar } from '../protocol/scalar.ts';
import { spawnCommand } from '../system/processes.ts';

/** The line of `lr --json`. */
export interface RateTestLine {
  readonly event: 'lr';
  readonly file: string;
  /** One per step; losses in nats. */
  readonly points: readonly { readonly rate: number; readonly loss: Scalar; readonly smoothed: Scalar }[];
  /** The rate in the file. */
  readonly written: number;
  /** Null: no rate helps. */
  readonly suggestion: number | null;
  readonly reason: string;
  /** If no rate helps: why, from `check`. */
  readonly findings: readonly {
    readonly rule: string;
    readonly line?: number | undefined;
    readonly column?: number | undefined;
    readonly message: string;
  }[];
  /** Absent if the file already has the suggested rate, or if none is suggested. */
  readonly fix?: { readonly title: string; readonly edits: readonly FileEdit[] };
}

interface ApartOptions {
  /** Standard input: the text, if the arguments have `--stdin`. */
  readonly input?: string;
  /** Ends the process. */
  readonly signal: AbortSignal;
  /** Called with the progress line and its numbers. */
  readonly progress: (line: string, step: number, most: number) => void;
}

/** How the process ended: with an answer, or with an exit code (null: by a signal) and its output for people. */
export type RateTestEnd =
  | { readonly test: RateTestLine }
  | { readonly test?: undefined; readonly code: number | null; readonly output: string };

/** Runs `lr` with these arguments. */
export async function testRatesApart(
  words: readonly string[],
  { input, signal, progress }: ApartOptions,
): Promise<RateTestEnd> {
  const child = spawnCommand(['lr', ...words, '--json']);
  const end = () => void child.kill();
  signal.addEventListener('abort', end);
  process.once('exit', end);
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    output += part;
    const [line, step, most] = /step (\d+) of at most (\d+)/.exec(part) ?? [];
    if (line !== undefined) progress(line, Number(step), Number(most));
  });
  // A command that fails at once closes its input early: its exit code reports it.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const closed = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  try {
    const [printed, code] = await Promise.all([text(child.stdout), closed]);
    // 3: no rate helps, which is an answer.
    return code === 0 || code === 3 ? { test: JSON.parse(printed) as RateTestLine } : { code, output: output.trim() };
  } finally {
    signal.removeEventListener('abort', end);
    process.off('exit', end);
  }
}
