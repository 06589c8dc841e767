/** What all measurements share: the machine, medians and ranges, and where the figures are kept. */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';

/** Path of a file of this folder, or relative to it. */
export const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** The machine and the date. */
export const machine = (): string =>
  `${new Date().toISOString().slice(0, 10)}, ${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${cpus().length} hardware threads, ${process.platform}-${process.arch}, Node ${process.version}`;

/** The middle value; of an even number of them, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  return ((sorted[Math.ceil(half) - 1] ?? Number.NaN) + (sorted[Math.floor(half)] ?? Number.NaN)) / 2;
}

/** “median (least–largest)”. */
export const spread = (values: readonly number[], digits: number): string =>
  `${median(values).toFixed(digits)} (${Math.min(...values).toFixed(digits)}–${Math.max(...values).toFixed(digits)})`;

/** Logs progress with the machine's load: figures from a busy machine are worth little. */
export const logProgress = (text: string): void => console.error(`${text} [load ${loadavg()[0]?.toFixed(1)}]`);

/** Writes a section into README.md, replacing the one of this name. */
export function writeSection(name: string, lines: readonly string[]): void {
  const section = [`<!-- ${name} -->`, ...lines, `<!-- end ${name} -->`].join('\n');
  const readme = file('README.md');
  const text = readFileSync(readme, 'utf8');
  const place = new RegExp(`<!-- ${name} -->[^]*<!-- end ${name} -->`);
  writeFileSync(readme, place.test(text) ? text.replace(place, () => section) : `${text.trimEnd()}\n\n${section}\n`);
  console.log(section);
}
