/** What all measurements share: the machine, medians and ranges, and where the figures are kept. */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { type Decimals, formatFixed } from '../server/domain/numbers/format.ts';
import { median } from '../server/domain/numbers/statistics.ts';

/** Path of a file of this folder, or relative to it. */
export const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** The machine and the date. */
export const machine = (): string =>
  `${new Date().toISOString().slice(0, 10)}, ${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${cpus().length} hardware threads, ${process.platform}-${process.arch}, Node ${process.version}`;

/** “median (least–largest)”. */
export const spread = (values: readonly number[], digits: Decimals): string =>
  `${formatFixed(median(values), digits)} (${formatFixed(Math.min(...values), digits)}–${formatFixed(Math.max(...values), digits)})`;

/** Logs progress with the machine's load: figures from a busy machine are worth little. */
export const logProgress = (text: string): void =>
  console.error(`${text} [load ${formatFixed(loadavg()[0] ?? Number.NaN, 1)}]`);

let areKept = true;

/** From now on figures are only printed: those of a short run must not replace a measurement. */
export function onlyPrint(): void {
  areKept = false;
}

/** Write a file of this folder, unless figures are only printed. */
export function keep(name: string, text: string): void {
  if (areKept) writeFileSync(file(name), text);
}

/** Prints a section and writes it into README.md, replacing the one of this name. */
export function writeSection(name: string, lines: readonly string[]): void {
  const section = [`<!-- ${name} -->`, ...lines, `<!-- end ${name} -->`].join('\n');
  const text = readFileSync(file('README.md'), 'utf8');
  const place = new RegExp(`<!-- ${name} -->[^]*<!-- end ${name} -->`);
  keep('README.md', place.test(text) ? text.replace(place, () => section) : `${text.trimEnd()}\n\n${section}\n`);
  console.log(section);
}
