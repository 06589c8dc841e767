/** What all measurements have in common: the machine, medians and ranges, and where the figures are kept. */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';

/** Path of a file of this folder, or relative to it. */
export const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Which machine, and when. */
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

/** Says what goes on, with the load of the machine: figures taken on a busy one are worth little. */
export const say = (text: string): void => console.error(`${text} [load ${loadavg()[0]?.toFixed(1)}]`);

let areKept = true;

/** From now on figures are printed only: those of a short run are no measurement, and must not replace one. */
export function onlyPrint(): void {
  areKept = false;
}

/** Write a file of this folder, unless figures are only printed. */
export function keep(name: string, text: string): void {
  if (areKept) writeFileSync(file(name), text);
}

/** Print a section, and put it into README.md in the place of the one of this name. */
export function writeSection(name: string, lines: readonly string[]): void {
  const section = [`<!-- ${name} -->`, ...lines, `<!-- end ${name} -->`].join('\n');
  const text = readFileSync(file('README.md'), 'utf8');
  const place = new RegExp(`<!-- ${name} -->[^]*<!-- end ${name} -->`);
  keep('README.md', place.test(text) ? text.replace(place, () => section) : `${text.trimEnd()}\n\n${section}\n`);
  console.log(section);
}
