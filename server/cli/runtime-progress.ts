/** How an installation goes on, for people: one line that renews itself in a terminal, lines at every step elsewhere. */
import { formatBytes } from '../domain/numbers/units.ts';
import type { InstallProgress } from '../runtime/attempt.ts';

/** Where there is no terminal a line is written for every quarter of a step, or for so many bytes of unknown many. */
const LINES_OF_A_STEP = 4;
const BYTES_OF_A_LINE = 250e6;

/** What is needed of `process.stderr`. */
export interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** `Fetching …  120 MB of 274 MB`; an amount once it is known. */
export function progressLine({ message, done, total }: InstallProgress): string {
  if (done === undefined || done === 0) return message;
  // pip's announcement is rounded, so the last bytes may exceed it.
  return total === undefined
    ? `${message}  ${formatBytes(done)}`
    : `${message}  ${formatBytes(Math.min(done, total))} of ${formatBytes(total)}`;
}

export class RuntimeProgress {
  readonly #terminal: Terminal;
  #message = '';
  #lines = 0;
  #open = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  show(progress: InstallProgress): void {
    const isNew = progress.message !== this.#message;
    this.#message = progress.message;
    if (isNew) this.#lines = 0;
    const line = progressLine(progress);
    if (this.#terminal.isTTY === true) {
      if (isNew) this.end();
      this.#terminal.write(`\r${line.slice(0, (this.#terminal.columns ?? 80) - 1)}\u001b[K`);
      this.#open = true;
      return;
    }
    const { done = 0, total } = progress;
    const lines = Math.floor(
      total === undefined ? done / BYTES_OF_A_LINE : LINES_OF_A_STEP * Math.min(1, done / total),
    );
    if (!isNew && lines <= this.#lines) return;
    this.#lines = lines;
    this.#terminal.write(`${line}\n`);
  }

  /** Leave the line that renews itself. */
  end(): void {
    if (this.#open) this.#terminal.write('\n');
    this.#open = false;
  }
}
