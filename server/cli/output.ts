/**
 * What a command prints: JSON lines on standard output, and nothing else there; people's messages on standard error. The one place where
 * text reaches a terminal: what others named (files, classes, layers, runs) comes out of it as text, whatever is in it. Commands that a text for people
 * names, in backticks, are printed as this user types them.
 */
import { randomUUID } from 'node:crypto';
import { styleText } from 'node:util';
import { printable, printableJson, printableLine } from '../protocol/printable.ts';
import { asTyped } from '../system/command-name.ts';
import { isOwnProcess } from '../system/processes.ts';

/** Exit codes of the command line. */
export const Exit = { done: 0, unexpected: 1, badInput: 2, badEnd: 3, noSuchRun: 4, interrupted: 130 } as const;
export type Exit = (typeof Exit)[keyof typeof Exit];

/** One JSON line. */
export const printJson = (value: unknown): void => void process.stdout.write(`${printableJson(value)}\n`);

/** A line of a command's result, for people. */
export const print = (text = ''): void => void process.stdout.write(`${forTerminal(asTyped(text))}\n`);

/** A message that is no part of the result. In a process apart, the one that the user called says it. */
export function say(text: string): void {
  if (isOwnProcess()) process.send?.(text);
  else process.stderr.write(`${printable(asTyped(text))}\n`);
}

type Style = Parameters<typeof styleText>[0];

/** Stands for the escape character of our own styles until they are printed; nobody else can know it. */
const OWN_ESCAPE = `\uFDD0${randomUUID()}`;

/** Styled where the terminal shows it (and NO_COLOR is not set), once it is printed by `print`. */
export function styled(style: Style, text: string): string {
  const [open = '', close = ''] = styleText(style, '|', { stream: process.stdout }).split('|');
  return `${open.replaceAll('\x1b', OWN_ESCAPE)}${text}${close.replaceAll('\x1b', OWN_ESCAPE)}`;
}

const forTerminal = (text: string): string => printable(text).replaceAll(OWN_ESCAPE, '\x1b');

/**
 * Rows in columns, two spaces apart; columns that hold only numbers are set to the right. A cell is one line, whatever is in it. By hand:
 * `cli-table3` draws frames, colours them, and makes rows that `cut` and `awk` no longer read.
 */
export function table(cells: readonly (readonly string[])[]): string {
  const rows = cells.map((row) => row.map(printableLine));
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
