/**
 * A command of ours in a process of its own, for its one line of `--json`: it takes long, and may load a native library that writes to
 * standard output.
 */
import { text } from 'node:stream/consumers';
import { spawnCommand } from '../system/processes.ts';

interface JsonCommandOptions {
  /** Standard input: the text, where the words have `--stdin`. */
  readonly input?: string;
  /** Ends the process. */
  readonly signal: AbortSignal;
  /** Gets the line that says how far it is, and its numbers. */
  readonly progress: (line: string, step: number, most: number) => void;
}

/** How the process ended: with an answer, or with an exit code (null: by a signal) and what it wrote for people. */
export type JsonCommandEnd<Line> =
  | { readonly line: Line }
  | { readonly line?: undefined; readonly code: number | null; readonly said: string };

/** Run a command with these words and `--json`. `Line`: what its line is. */
export async function runJsonCommand<Line>(
  words: readonly string[],
  { input, signal, progress }: JsonCommandOptions,
): Promise<JsonCommandEnd<Line>> {
  const child = spawnCommand([...words, '--json']);
  const end = () => void child.kill();
  signal.addEventListener('abort', end);
  process.once('exit', end);
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    said += part;
    const [line, step, most] = /step (\d+) of at most (\d+)/.exec(part) ?? [];
    if (line !== undefined) progress(line, Number(step), Number(most));
  });
  // A command that refuses at once closes its input early: its exit code says so.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const closed = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  try {
    const [printed, code] = await Promise.all([text(child.stdout), closed]);
    // 3: a bad end of what was tried, which is an answer.
    return code === 0 || code === 3 ? { line: JSON.parse(printed) as Line } : { code, said: said.trim() };
  } finally {
    signal.removeEventListener('abort', end);
    process.off('exit', end);
  }
}
