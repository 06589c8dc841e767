/**
 * A curve over a logarithmic axis as text, for a terminal of 80 columns. By hand: `asciichart` and its like draw a series over its index,
 * without an x axis, points beside the curve, or a mark.
 */
import { formatLoss, formatNumber } from '../domain/numbers/format.ts';

export interface PlotPoint {
  /** Above 0. */
  readonly x: number;
  readonly y: number;
}

interface PlotOptions {
  /** Drawn with `·`; those that lie outside of the curve's range are left out. */
  readonly dots: readonly PlotPoint[];
  /** Where a vertical line is drawn. */
  readonly mark?: number | undefined;
  readonly xLabel: string;
  readonly yLabel: string;
}

const COLUMNS = 70;
const ROWS = 12;

const tick = (value: number): string => formatLoss(value).padStart(7);

/** A curve (`●`), dots beside it, ticks at every decade of x; at most 80 columns wide. Points that are not finite are left out. */
export function plotText(curve: readonly PlotPoint[], { dots, mark, xLabel, yLabel }: PlotOptions): string {
  const finite = curve.filter(({ y }) => Number.isFinite(y));
  const all = curve.map(({ x }) => Math.log10(x));
  if (finite.length === 0) return `${yLabel}: no finite number.`;
  const [left, right] = [Math.min(...all), Math.max(...all)];
  const ys = finite.map(({ y }) => y);
  const [least, most] = [Math.min(...ys), Math.max(...ys)];
  const column = (x: number) => Math.round(((Math.log10(x) - left) / (right - left || 1)) * (COLUMNS - 1));
  const row = (y: number) => Math.round(((most - y) / (most - least || 1)) * (ROWS - 1));
  const cells = Array.from({ length: ROWS }, () => new Array<string>(COLUMNS).fill(' '));
  const put = (atRow: number, atColumn: number, sign: string) => {
    const line = cells[atRow];
    if (line && atColumn >= 0 && atColumn < COLUMNS) line[atColumn] = sign;
  };
  if (mark !== undefined) for (let at = 0; at < ROWS; at++) put(at, column(mark), '│');
  for (const { x, y } of dots) if (y >= least && y <= most) put(row(y), column(x), '·');
  for (const { x, y } of finite) put(row(y), column(x), '●');
  const lines = cells.map((line, at) => {
    const value = most - ((most - least) * at) / (ROWS - 1);
    return `${at % 4 === 0 || at === ROWS - 1 ? tick(value) : ' '.repeat(7)} ┤${line.join('').trimEnd()}`;
  });
  const axis = new Array<string>(COLUMNS).fill('─');
  const names = new Array<string>(COLUMNS + 2).fill(' ');
  for (let decade = Math.ceil(left); decade <= Math.floor(right); decade++) {
    const at = column(10 ** decade);
    axis[at] = '┬';
    const name = formatNumber(10 ** decade);
    for (const [i, sign] of [...name].entries()) names[Math.min(at, COLUMNS - name.length) + i] = sign;
  }
  const pad = ' '.repeat(8);
  return [`${yLabel} over ${xLabel}`, ...lines, `${pad}└${axis.join('')}`, `${pad} ${names.join('').trimEnd()}`].join(
    '\n',
  );
}
