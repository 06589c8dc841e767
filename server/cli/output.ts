/**
 * What a command prints: JSON lines on standard output, and nothing else there; people's messages on standard error. Commands that a
 * text for people names, in backticks, are printed as this user types them.
 */
import { styleText } from 'node:util';
import { asTyped } from '../system/command-name.ts';
import { isOwnProcess } from '../system/processes.ts';

/** Exit codes of the command line. */
export const Exit = { done: 0, unexpected: 1, badInput: 2, badEnd: 3, noSuchRun: 4, interrupted: 130 } as const;
export type Exit = (typeof Exit)[keyof typeof Exit];

/** Something the user can mend: printed without a stack. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exit: Exit;

  constructor(exit: Exit, message: string) {
    super(message);
    this.exit = exit;
  }
}

/** One JSON line. */
export const printJson = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`);

/** A line of a command's result, for people. */
export const print = (text = ''): void => void process.stdout.write(`${asTyped(text)}\n`);

/** A message that is no part of the result. In a process apart, the one that the user called says it. */
export function say(text: string): void {
  if (isOwnProcess()) process.send?.(text);
  else process.stderr.write(`${asTyped(text)}\n`);
}

type Style = Parameters<typeof styleText>[0];

/** Styled where the terminal shows it (and NO_COLOR is not set). */
export const styled = (style: Style, text: string): string => styleText(style, text, { stream: process.stdout });

/** Rows in columns, two spaces apart; columns that hold only numbers are set to the right. */
export function table(rows: readonly (readonly string[])[]): string {
  const columns = Math.max(...rows.map((row) => row.length), 0);
  const widths = Array.from({ length: columns }, (_, i) => Math.max(...rows.map((row) => (row[i] ?? '').length)));
  const numeric = Array.from({ length: columns }, (_, i) =>
    rows.slice(1).every((row) => /^[\d.,e+\-−–% ]*$/.test(row[i] ?? '')),
  );
  return rows
    .map((row) =>
      row
        .map((cell, i) => (numeric[i] ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
