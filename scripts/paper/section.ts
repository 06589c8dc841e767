/** A section of docs/reproduction.md: prose and tables as Markdown, and its pictures. */
import { formatFixed } from '../../server/domain/numbers/format.ts';
import { mean, standardDeviation } from '../../server/domain/numbers/statistics.ts';
import { chartSvg } from '../../server/figures/chart-svg.ts';
import { runLook } from '../../server/figures/colors.ts';
import { curveChart } from '../../server/figures/curves.ts';
import { runDataFrom } from '../../server/figures/run-data.ts';
import type { RunSnapshot } from '../../server/protocol/requests.ts';

export interface Section {
  readonly markdown: string;
  /** SVG by file name. */
  readonly pictures: ReadonlyMap<string, string>;
}

/** Top-1 error of validation against epochs, a curve per run, as in the paper's Figures 2 and 3. */
export function errorCurves(title: string, snapshots: readonly RunSnapshot[]): string {
  const runs = snapshots.map((snapshot, slot) => ({
    run: snapshot.summary.run,
    name: snapshot.summary.name,
    look: runLook(slot, 'light'),
    data: runDataFrom(snapshot),
  }));
  const model = curveChart('top1', runs, { x: 'epoch', logY: false, smoothing: 0 });
  const validation = { ...model, curves: model.curves.filter(({ dash }) => dash.length === 0) };
  return chartSvg(validation, { title, range: model.extent });
}

/** Rows as a Markdown table; the first is its head. */
export function markdownTable([head = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

export const percent = (error: number): string => `${formatFixed(error, 2)} %`;

/** Mean and standard deviation (n − 1) of a few numbers. */
export function meanAndSpread(values: readonly number[]): { mean: number; spread: number } {
  return { mean: mean(values), spread: standardDeviation(values) };
}
